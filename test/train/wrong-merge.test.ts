/**
 * A merge with another result than git's never becomes a candidate (G4, G5): here one with the merge base of
 * yesterday, which leaves the change's own version of everything, and takes back what landed meanwhile.
 */
import { expect, it } from 'vitest'
import type { MergeOptions } from '../../src/train/merge/candidate.ts'
import { candidateOf, lines, yard } from './merging.ts'
import { branch, commit, sh } from './repository.ts'

function leavingTheChange(root: string): NonNullable<MergeOptions['merge']> {
  return async (_repo, _room, _base, head) => ({
    clean: true,
    tree: sh(root, 'rev-parse', `${head}^{tree}`),
    conflicts: [],
    messages: [],
  })
}

it('is refused for files that only main has changed', async () => {
  const y = await yard({ 'a.txt': lines(9), 'b.txt': 'b\n' })
  const head = branch(y.repo, 'one', { 'a.txt': lines(9, { 3: 'mine' }) })
  commit(y.root, { 'b.txt': 'landed\n', 'c.txt': 'landed\n' })
  const wrong = await y.merge(head, { merge: leavingTheChange(y.root) })
  expect(wrong).toMatchObject({ kind: 'foreign', files: ['b.txt', 'c.txt'] })
  const right = candidateOf(await y.merge(head))
  expect(sh(y.root, 'show', `${right.commit}:b.txt`)).toBe('landed')
})

it('is refused for lines that landed in a file that both have changed', async () => {
  const y = await yard({ 'a.txt': lines(40) })
  const head = branch(y.repo, 'one', { 'a.txt': lines(40, { 3: 'mine' }) })
  const old = sh(y.root, 'rev-parse', 'main')
  const recent = [{ old, new: commit(y.root, { 'a.txt': lines(40, { 20: 'landed' }) }) }]
  const wrong = await y.merge(head, { recent, merge: leavingTheChange(y.root) })
  expect(wrong).toMatchObject({ kind: 'foreign', files: ['a.txt'] })
  expect(candidateOf(await y.merge(head, { recent })).kind).toBe('candidate')
})

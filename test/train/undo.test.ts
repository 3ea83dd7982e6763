/** Reverts against real git: no checkout, no other than the step's own changes, and no silence about conflicts. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Repository } from '../../src/git/index.ts'
import { byHand, makeUndo, type Reverted, type Step, undoMessage } from '../../src/train/merge/undo.ts'
import { commit, repository, sh, temporary, write } from '../git/repo.ts'

const AT = Date.UTC(2026, 10, 21)

/** Merges a branch of one commit into main, as the train does; the merge. */
function land(repo: Repository, name: string, files: Record<string, string>, from = 'main'): Step {
  const before = sh(repo.root, 'rev-parse', 'main')
  sh(repo.root, 'checkout', '-q', '-b', name, from)
  commit(repo.root, files, `${name}: work`)
  sh(repo.root, 'checkout', '-q', 'main')
  sh(repo.root, 'merge', '-q', '--no-ff', '-m', `${name}: work`, name)
  return { before, after: sh(repo.root, 'rev-parse', 'main') }
}

async function undo(repo: Repository, step: Step): Promise<Reverted> {
  const directory = join(temporary(), 'undo')
  const target = sh(repo.root, 'rev-parse', 'main')
  const done = await makeUndo(repo, directory, { target, step, message: 'Undo it\n', at: AT })
  expect(existsSync(directory)).toBe(false)
  return done
}

/** What git itself makes of the revert; null where it has a conflict. */
function gits(repo: Repository, step: Step): string | null {
  const directory = join(temporary(), 'hand')
  sh(repo.root, 'worktree', 'add', '-q', '--detach', directory, 'main')
  try {
    sh(directory, 'revert', '--no-edit', '-m', '1', step.after)
    return sh(directory, 'rev-parse', 'HEAD^{tree}')
  } catch {
    return null
  }
}

const NINE = '1\n2\n3\n4\n5\n6\n7\n8\n9\n'

test('is the tree that git revert makes, on top of what landed later', async () => {
  const repo = await repository()
  const step = land(repo, 'api', { 'src/a.txt': NINE.replace('2', 'two'), 'src/api.txt': 'api\n' })
  land(repo, 'web', { 'src/a.txt': NINE.replace('2', 'two').replace('8', 'eight'), 'web.txt': 'web\n' })
  const before = sh(repo.root, 'status', '--porcelain', '--branch')
  const done = await undo(repo, step)
  if (done.kind !== 'undo') throw new Error(done.kind)
  expect(done.tree).toBe(gits(repo, step))
  expect(sh(repo.root, 'rev-parse', `${done.commit}^`)).toBe(sh(repo.root, 'rev-parse', 'main'))
  expect(sh(repo.root, 'log', '-1', '--format=%s', done.commit)).toBe('Undo it')
  expect(sh(repo.root, 'show', `${done.commit}:src/a.txt`)).toBe(NINE.replace('8', 'eight').trimEnd())
  expect(() => sh(repo.root, 'cat-file', '-e', `${done.commit}:src/api.txt`)).toThrow()
  expect(sh(repo.root, 'status', '--porcelain', '--branch')).toBe(before)
})

test('takes a landing of several back as a whole', async () => {
  const repo = await repository()
  const one = land(repo, 'one', { 'one.txt': '1\n' })
  const two = land(repo, 'two', { 'two.txt': '2\n' })
  const done = await undo(repo, { before: one.before, after: two.after })
  if (done.kind !== 'undo') throw new Error(done.kind)
  expect(done.tree).toBe(sh(repo.root, 'rev-parse', `${one.before}^{tree}`))
})

test('follows what was renamed since', async () => {
  const repo = await repository()
  const step = land(repo, 'api', { 'src/a.txt': NINE.replace('2', 'two') })
  sh(repo.root, 'mv', 'src/a.txt', 'src/b.txt')
  sh(repo.root, 'commit', '-qm', 'rename')
  const done = await undo(repo, step)
  if (done.kind !== 'undo') throw new Error(done.kind)
  expect(sh(repo.root, 'show', `${done.commit}:src/b.txt`)).toBe(NINE.trimEnd())
})

test('says where what came later stands on it', async () => {
  const repo = await repository()
  const step = land(repo, 'api', { 'src/a.txt': NINE.replace('2', 'two'), 'new.txt': 'a\n' })
  land(repo, 'web', { 'src/a.txt': NINE.replace('2', 'deux'), 'new.txt': 'a\nb\n' })
  const done = await undo(repo, step)
  expect(done).toMatchObject({ kind: 'conflict', files: ['new.txt', 'src/a.txt'] })
  expect(done.kind === 'conflict' && done.detail).toContain('CONFLICT')
  expect(gits(repo, step)).toBe(null)
})

test('an undo can be undone, and there is nothing to undo twice', async () => {
  const repo = await repository()
  const step = land(repo, 'api', { 'src/a.txt': NINE.replace('2', 'two') })
  const first = await undo(repo, step)
  if (first.kind !== 'undo') throw new Error(first.kind)
  const target = sh(repo.root, 'rev-parse', 'main')
  sh(repo.root, 'merge', '-q', '--no-ff', '-m', 'undo', first.commit)
  expect(await undo(repo, step)).toEqual({ kind: 'nothing' })
  const again = await undo(repo, { before: target, after: sh(repo.root, 'rev-parse', 'main') })
  if (again.kind !== 'undo') throw new Error(again.kind)
  expect(again.tree).toBe(sh(repo.root, 'rev-parse', `${target}^{tree}`))
})

test('takes back modes, deletions and odd names', async () => {
  const repo = await repository()
  sh(repo.root, 'checkout', '-q', '-b', 'modes')
  sh(repo.root, 'update-index', '--chmod=+x', 'README.md')
  sh(repo.root, 'rm', '-q', 'src/a.txt')
  write(repo.root, { 'a\nb': 'line feed\n' })
  sh(repo.root, 'add', 'a\nb')
  sh(repo.root, 'commit', '-qm', 'modes')
  sh(repo.root, 'checkout', '-q', '-f', 'main')
  const before = sh(repo.root, 'rev-parse', 'main')
  sh(repo.root, 'merge', '-q', '--no-ff', '-m', 'modes', 'modes')
  const done = await undo(repo, { before, after: sh(repo.root, 'rev-parse', 'main') })
  if (done.kind !== 'undo') throw new Error(done.kind)
  expect(done.tree).toBe(sh(repo.root, 'rev-parse', `${before}^{tree}`))
})

test('what it says', () => {
  expect(undoMessage(['api'], ['api: Add the API'], ['4f2a9c1b30ffff'])).toMatchInlineSnapshot(`
    {
      "body": "This takes back:

    - 4f2a9c1b30ff api: Add the API",
      "title": "Undo api: Add the API",
    }
  `)
  expect(undoMessage(['a', 'b', 'c', 'd'], ['a: A', 'B'], ['4f2a9c1b30ffff', '5f2a9c1b30ffff']))
    .toMatchInlineSnapshot(`
    {
      "body": "This takes back:

    - 4f2a9c1b30ff a: A
    - 5f2a9c1b30ff B",
      "title": "Undo a, b, c and 1 more: what landed together",
    }
  `)
  expect(byHand('main', 'worktrain/undo-api', ['4f2a9c1b30ffff', '5f2a9c1b30ffff'])).toMatchInlineSnapshot(
    `"git switch -c worktrain/undo-api main && git revert -m 1 5f2a9c1b30ff 4f2a9c1b30ff"`,
  )
})

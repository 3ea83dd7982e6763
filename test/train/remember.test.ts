/** Conflicts that something else than git decides, and never in silence. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { learn } from '../../src/train/merge/remember.ts'
import type { MergeDriver } from '../../src/train/merge/resolve.ts'
import { candidateOf, lines, type Yard, yard } from './merging.ts'
import { branch, commit, sh, write } from './repository.ts'

/** A session merges main into its branch, with this file for the conflict. @returns the merge commit */
function resolveByHand(y: Yard, name: string, files: Record<string, string>): string {
  const directory = join(y.home, `by-hand-${name}`)
  sh(y.root, 'worktree', 'add', '-q', directory, name)
  try {
    sh(directory, 'merge', '-q', 'main')
  } catch {
    // The conflict.
  }
  write(directory, files)
  sh(directory, 'add', '-A')
  sh(directory, 'commit', '-q', '-m', `merge main into ${name}`)
  const merge = sh(directory, 'rev-parse', 'HEAD')
  sh(y.root, 'worktree', 'remove', '--force', directory)
  return merge
}

const show = (y: Yard, rev: string) => sh(y.root, 'show', rev)

/** Two branches with the same edit, main with another; the first one is resolved and lands. */
async function taught(more: Record<string, string> = {}) {
  const y = await yard({ 'a.txt': lines(20), 'b.txt': lines(20), ...more })
  const mine = { 'a.txt': lines(20, { 5: 'mine' }) }
  branch(y.repo, 'one', mine)
  const two = branch(y.repo, 'two', { ...mine, 'two.txt': '2\n' })
  const old = commit(y.root, { 'a.txt': lines(20, { 5: 'theirs', 15: 'elsewhere' }) })
  const merge = resolveByHand(y, 'one', { 'a.txt': lines(20, { 5: 'both', 15: 'elsewhere' }) })
  const { commit: landing } = candidateOf(await y.merge(merge))
  return { y, two, old, merge, landing }
}

describe('remembered resolutions', () => {
  it('decide the same conflict again, and are reported with where they come from', async () => {
    const { y, two, old, merge, landing } = await taught()
    // Main as it was before: the conflict that `one` had.
    expect(await y.merge(two, { remember: true, base: old })).toMatchObject({
      kind: 'conflict',
      files: ['a.txt'],
    })
    expect(await learn(y.repo, y.objects, { old, new: landing }, Date.now())).toBe(1)
    const built = candidateOf(await y.merge(two, { remember: true, base: old }))
    expect(built.resolved).toEqual([{ path: 'a.txt', how: 'remembered', from: merge }])
    expect(show(y, `${built.commit}:a.txt`)).toBe(lines(20, { 5: 'both', 15: 'elsewhere' }).trimEnd())
    expect(show(y, `${built.commit}:two.txt`)).toBe('2')
    // The same commit again; and not without being asked for.
    expect(await y.merge(two, { remember: true, base: old })).toEqual(built)
    expect(await y.merge(two, { base: old })).toMatchObject({ kind: 'conflict' })
  })

  it('take a file that has changed elsewhere meanwhile, but no other file', async () => {
    const { y, old, landing } = await taught()
    await learn(y.repo, y.objects, { old, new: landing }, Date.now())
    const same = { 'a.txt': lines(20, { 1: 'top', 5: 'mine' }) }
    const three = branch(y.repo, 'three', same, 'main~1')
    expect(candidateOf(await y.merge(three, { remember: true, base: old })).resolved).toHaveLength(1)
    const other = branch(y.repo, 'other', { 'b.txt': lines(20, { 5: 'mine' }) }, 'main~1')
    sh(y.root, 'checkout', '-q', '--detach', old)
    const base = commit(y.root, { 'b.txt': lines(20, { 5: 'theirs' }) })
    sh(y.root, 'checkout', '-q', 'main')
    expect(await y.merge(other, { remember: true, base })).toMatchObject({
      kind: 'conflict',
      files: ['b.txt'],
    })
  })

  it('are used for all conflicts of a merge or for none', async () => {
    const { y, old, landing } = await taught()
    await learn(y.repo, y.objects, { old, new: landing }, Date.now())
    const two = { 'a.txt': lines(20, { 5: 'mine' }), 'b.txt': lines(20, { 9: 'mine' }) }
    const head = branch(y.repo, 'more', two, 'main~1')
    sh(y.root, 'checkout', '-q', '--detach', old)
    const base = commit(y.root, { 'b.txt': lines(20, { 9: 'theirs' }) })
    expect(await y.merge(head, { remember: true, base })).toMatchObject({
      kind: 'conflict',
      files: ['a.txt', 'b.txt'],
    })
  })

  it('are not learnt from a resolution that holds markers, nor kept for ever', async () => {
    const { y, two, old, landing } = await taught()
    const store = join(y.home, 'train/remembered')
    await learn(y.repo, y.objects, { old, new: landing }, Date.now())
    expect(readdirSync(store)).toHaveLength(1)
    await learn(y.repo, y.objects, { old: landing, new: landing }, Date.now() + 61 * 24 * 60 * 60_000)
    expect(readdirSync(store)).toEqual([])
    const merge = resolveByHand(y, 'two', { 'a.txt': `<<<<<<< ours\n${lines(20)}` })
    expect(await learn(y.repo, y.objects, { old, new: merge }, Date.now())).toBe(0)
    expect(await y.merge(two, { remember: true, base: old })).toMatchObject({ kind: 'conflict' })
  })

  it("leave the person's own rerere alone", async () => {
    const { y, old, landing } = await taught()
    sh(y.root, 'config', 'rerere.enabled', 'true')
    await learn(y.repo, y.objects, { old, new: landing }, Date.now())
    expect(readdirSync(join(y.root, '.git'))).not.toContain('rr-cache')
    expect(readdirSync(y.objects.directory)).toEqual([])
  })
})

describe('a merge driver', () => {
  const driver = (merge: MergeDriver['merge']): MergeDriver => ({ command: 'mergiraf merge', merge })
  async function conflicting() {
    const y = await yard({ 'a.txt': lines(20) })
    const head = branch(y.repo, 'one', { 'a.txt': lines(20, { 5: 'mine' }), 'new.txt': 'mine\n' })
    commit(y.root, { 'a.txt': lines(20, { 5: 'theirs' }) })
    return { y, head }
  }

  it('gets the three versions, and what it makes of them is reported', async () => {
    const { y, head } = await conflicting()
    const seen: unknown[] = []
    const built = candidateOf(
      await y.merge(head, {
        driver: driver(async ({ base, ours, theirs, path, markerSize }) => {
          seen.push([base?.toString(), ours.toString(), theirs.toString(), path, markerSize])
          return Buffer.from(lines(20, { 5: 'ours and theirs' }))
        }),
      }),
    )
    expect(seen).toEqual([[lines(20), lines(20, { 5: 'theirs' }), lines(20, { 5: 'mine' }), 'a.txt', 7]])
    expect(built.resolved).toEqual([{ path: 'a.txt', how: 'driver', from: 'mergiraf merge' }])
    expect(show(y, `${built.commit}:a.txt`)).toContain('ours and theirs')
  })

  it('is not believed when it leaves markers, gives up, or leaves nothing of the change', async () => {
    const { y, head } = await conflicting()
    for (const answer of [null, Buffer.from('a\n<<<<<<< x\nb\n=======\nc\n>>>>>>> y\n')]) {
      const built = await y.merge(head, { driver: driver(async () => answer) })
      expect(built).toMatchObject({ kind: 'conflict', files: ['a.txt'] })
    }
    const only = branch(y.repo, 'only', { 'a.txt': lines(20, { 5: 'mine' }) }, 'main~1')
    const nothing = driver(async ({ ours }) => ours)
    expect(await y.merge(only, { driver: nothing })).toMatchObject({ kind: 'conflict' })
  })

  it('is asked about lines only: not about a file that was deleted, or is a link', async () => {
    const y = await yard({ 'a.txt': lines(20), 'b.txt': lines(20) })
    const head = branch(y.repo, 'one', { 'a.txt': lines(20, { 5: 'mine' }), 'b.txt': null })
    commit(y.root, { 'a.txt': lines(20, { 5: 'theirs' }), 'b.txt': lines(20, { 2: 'x' }) })
    const asked: string[] = []
    const built = await y.merge(head, {
      driver: driver(async ({ path }) => (asked.push(path), Buffer.from('x\n'))),
    })
    expect(built).toMatchObject({ kind: 'conflict', files: ['a.txt', 'b.txt'] })
    expect(asked).toEqual([])
  })
})

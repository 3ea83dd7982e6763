/** Maintenance of the person's repository: nobody loses anything by it, whenever it is ended. */
import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { deleteRef, maintain, updateRef, weigh, type Repository } from '../../src/git/index.ts'
import { make, place, snap, workspaces, type Place } from '../workspaces/fixture.ts'
import { commit, repository, sh } from './repo.ts'

const ALL = { loose: 1, packs: 2, refs: 1 }
const now = 1_700_000_000_000
const run = (repo: Repository, heavy = ALL, signal = new AbortController().signal) =>
  maintain(repo, { signal, now, heavy })
const fsck = (directory: string) =>
  sh(directory, 'fsck', '--no-progress', '--no-dangling', '--connectivity-only')

/** Packs, loose objects and refs, as publishing leaves them; and an object that nobody names. */
function burden(repo: Repository): string {
  for (let n = 0; n < 4; n += 1) {
    commit(repo.root, { [`f${n}.txt`]: `${n}\n` })
    sh(repo.root, 'repack', '-q')
    sh(repo.root, 'tag', `t${n}`)
  }
  commit(repo.root, { 'last.txt': 'last\n' })
  return sh(repo.root, 'commit-tree', '-m', 'nobody names it', 'HEAD^{tree}')
}

describe('maintenance', () => {
  test('packs objects, packs and refs; what nobody names stays', async () => {
    const repo = await repository()
    const unnamed = burden(repo)
    const before = await weigh(repo)
    const log = sh(repo.root, 'log', '--format=%H %s')
    const result = await run(repo)
    expect(result).toMatchObject({ kind: 'done', done: ['packs', 'refs'], before })
    const after = await weigh(repo)
    expect(after.packs).toBeLessThan(before.packs)
    expect(after.loose).toBeLessThan(before.loose)
    expect(after.refs).toBe(0)
    expect(sh(repo.root, 'log', '--format=%H %s')).toBe(log)
    sh(repo.root, 'cat-file', '-e', unnamed)
    expect(fsck(repo.root)).toBe('')
  })

  test('does nothing below the thresholds', async () => {
    const repo = await repository()
    burden(repo)
    const before = await weigh(repo)
    const light = { loose: 1000, packs: 100, refs: 1000 }
    expect(await run(repo, light)).toEqual({ kind: 'done', done: [], before, after: before })
    expect(await weigh(repo)).toEqual(before)
  })

  test('is left to a person who turned it off, or does it', async () => {
    const repo = await repository()
    burden(repo)
    const before = await weigh(repo)
    for (const [key, value] of [
      ['gc.auto', '0'],
      ['maintenance.auto', 'false'],
      ['maintenance.repo', repo.root],
    ] as const) {
      sh(repo.root, 'config', key, value)
      expect(await run(repo)).toMatchObject({ kind: 'left' })
      sh(repo.root, 'config', '--unset', key)
    }
    writeFileSync(join(repo.commonDir, 'gc.pid'), '')
    expect(await run(repo)).toMatchObject({ kind: 'left', why: expect.stringContaining('git gc') })
    expect(await weigh(repo)).toEqual(before)
  })

  test('ends for whoever needs the repository, and leaves nothing half done', async () => {
    const repo = await repository()
    burden(repo)
    const head = sh(repo.root, 'rev-parse', 'HEAD')
    const names = Array.from({ length: 20 }, (_, n) => `refs/worktrain/n${n}`)
    for (const name of names) sh(repo.root, 'update-ref', name, head)
    const work = names.map((name) => deleteRef(repo, name, head))
    const [result] = await Promise.all([run(repo), ...work])
    expect(['done', 'left']).toContain(result.kind)
    expect(sh(repo.root, 'for-each-ref', 'refs/worktrain')).toBe('')
    expect(fsck(repo.root)).toBe('')
    expect(await run(repo)).toMatchObject({ kind: 'done' })
  })

  test('is ended at any moment without harm, and what it left is taken away later', async () => {
    const repo = await repository()
    const unnamed = burden(repo)
    const log = sh(repo.root, 'log', '--format=%H')
    for (let n = 0; n < 12; n += 1) {
      commit(repo.root, { 'again.txt': `${n}\n` })
      const end = new AbortController()
      const running = run(repo, ALL, end.signal)
      // Somewhere between before it starts and after it is done.
      const looks = n * 40
      for (let looked = 0; looked < looks; looked += 1) await Promise.resolve().then(() => weigh0(repo))
      end.abort()
      await running
      expect(fsck(repo.root)).toBe('')
    }
    expect(sh(repo.root, 'log', '--format=%H').endsWith(log)).toBe(true)
    sh(repo.root, 'cat-file', '-e', unnamed)
    const packs = join(repo.commonDir, 'objects/pack')
    const left = join(packs, 'tmp_pack_XyZ')
    writeFileSync(left, 'half')
    utimesSync(left, new Date(now - 2 * 86_400_000), new Date(now - 2 * 86_400_000))
    sh(repo.root, 'update-ref', 'refs/worktrain/again', 'HEAD')
    await run(repo)
    expect(readdirSync(packs)).not.toContain('tmp_pack_XyZ')
  })
})

/** Something that takes a moment, and yields. */
const weigh0 = (repo: Repository) => readdirSync(join(repo.commonDir, 'objects'))

/** A session that commits, stashes and publishes, and then has work that only it knows of. */
async function session(at: Place, name: string, rounds: number): Promise<{ path: string; tips: string[] }> {
  const one = await make(at, name)
  const tips: string[] = []
  for (let n = 0; n < rounds; n += 1) {
    tips.push(commit(one.path, { [`${name}.txt`]: `${n}\n` }))
    writeFileSync(join(one.path, 'README.md'), `${name} ${n}\n`)
    sh(one.path, 'stash', '-q')
    sh(one.path, 'stash', 'pop', '-q')
    await workspaces.publish(one)
    await snap(one, n + 1)
    sh(one.path, 'checkout', '-q', '--', '.')
  }
  tips.push(commit(one.path, { 'unpublished.txt': 'mine\n' }))
  return { path: one.path, tips }
}

test('sessions at work lose nothing by it, nor by the person who tidies up meanwhile', async () => {
  const at = await place()
  sh(at.repo.root, 'checkout', '-q', '-b', 'base')
  commit(at.repo.root, { 'base.txt': 'only on a branch that goes\n' })
  const going = Promise.all(['a', 'b', 'c'].map((name) => session(at, name, 4)))
  let over = false
  const maintaining = (async () => {
    for (let n = 0; !over; n += 1) {
      await run(at.repo)
      await updateRef(at.repo, `refs/worktrain/x${n}`, sh(at.repo.root, 'rev-parse', 'main'), null)
    }
  })()
  const sessions = await going
  over = true
  await maintaining
  // The person's own tidying, as harsh as it gets: the base is on no branch any more.
  sh(at.repo.root, 'checkout', '-q', 'main')
  sh(at.repo.root, 'branch', '-q', '-D', 'base')
  for (const { path } of sessions) expect(fsck(path)).toBe('')
  sh(at.repo.root, 'reflog', 'expire', '--expire=now', '--all')
  sh(at.repo.root, 'gc', '-q', '--prune=now')
  await run(at.repo)
  for (const { path, tips } of sessions) {
    expect(fsck(path)).toBe('')
    for (const tip of tips) sh(path, 'cat-file', '-e', `${tip}^{tree}`)
    expect(sh(path, 'show', 'HEAD:base.txt')).toContain('only on a branch')
    expect(sh(path, 'status', '--porcelain')).toBe('')
  }
  expect(fsck(at.repo.root)).toBe('')
})

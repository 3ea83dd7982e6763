/** The person's checkout while a build lands (facts/merge-and-partition 2: states, and places of main). */
import { existsSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  before,
  CHANGE,
  copyTemplate,
  everything,
  FILES,
  harm,
  land,
  makeTemplate,
  type Scene,
  sceneOf,
} from './landing-scene.ts'
import { STATES } from './landing-states.ts'
import { branch, commit, repositoryWith, sh, write } from './repository.ts'

let home: string
let template: string
beforeAll(async () => {
  template = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-landing-')))
  await makeTemplate(template)
})
afterAll(() => rmSync(template, { recursive: true, force: true }))
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-landing-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** The usual change on a clean checkout. */
async function copyScene(): Promise<Scene> {
  return sceneOf(await copyTemplate(template, home), home, 'one')
}

describe.each(STATES)('main checked out, $what', ({ change, make, blocked, settle, agreed, what }) => {
  it(blocked ? 'waits, touches nothing, and lands later' : 'lands and keeps what is there', async () => {
    const repo = await copyTemplate(template, home)
    const { root } = repo
    const head = change ? branch(repo, 'another', change) : 'one'
    make(root)
    const scene = sceneOf(repo, home, head)
    if (blocked) {
      const was = before(root)
      const first = await land(scene)
      expect(harm(scene, was, first)).toEqual([])
      if (first.kind !== 'blocked') throw new Error(`it ${first.kind}`)
      expect(first.blocked).toMatchObject({ reason: blocked.reason })
      expect([...first.blocked.paths].sort()).toEqual(blocked.paths(root))
      expect(first.blocked.detail).toContain(root)
      // Looking again finds the same.
      expect(await scene.landing.prepare({ ...scene.landable, blocked: first.blocked })).toEqual({
        kind: 'blocked',
        blocked: first.blocked,
      })
      expect(harm(scene, was, first)).toEqual([])
      settle?.(root)
    }
    const was = before(root)
    const outcome = await land(scene, null)
    expect(outcome).toMatchObject({ kind: 'landed', commit: scene.landable.commit })
    expect(harm(scene, was, outcome, agreed)).toEqual([])
    expect(sh(root, 'rev-parse', 'main')).toBe(scene.landable.commit)
    expect(sh(root, 'rev-parse', 'main^{tree}')).toBe(scene.landable.tree)
    if (what.startsWith('bisecting, on another')) {
      sh(root, 'bisect', 'reset')
      expect(sh(root, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('HEAD')
    }
  })
})

describe('where main is', () => {
  it('is fast-forwarded in a linked worktree, and nothing else is touched', async () => {
    const s = await copyScene()
    const linked = join(home, 'linked')
    sh(s.root, 'checkout', '-q', '-b', 'other')
    sh(s.root, 'worktree', 'add', '-q', linked, 'main')
    write(linked, { 'a.txt': 'mine\n' })
    const outcome = await land(s)
    expect(outcome).toMatchObject({ kind: 'blocked', blocked: { paths: ['a.txt'] } })
    sh(linked, 'checkout', '-q', '--', 'a.txt')
    write(linked, { 'b.txt': 'mine\n' })
    const was = before(linked)
    const main = before(s.root)
    const landed = await land(s)
    expect(landed).toMatchObject({ kind: 'landed', intent: { method: 'fast-forward', checkout: linked } })
    expect(harm(s, was, landed)).toEqual([])
    expect(sh(s.root, 'status', '--porcelain')).toBe('')
    expect(readFileSync(join(s.root, 'a.txt'), 'utf8')).toBe('a\n')
    const now = everything(s.root)
    for (const [path, state] of main.everything)
      if (!path.startsWith('.git/')) expect(now.get(path)).toBe(state)
  })

  it('follows main from one checkout to another', async () => {
    const s = await copyScene()
    const way = await s.landing.prepare(s.landable)
    if (way.kind !== 'open') throw new Error(way.kind)
    sh(s.root, 'checkout', '-q', '-b', 'other')
    expect(await s.landing.land(s.landable, way.intent)).toMatchObject({
      kind: 'blocked',
      blocked: { detail: expect.stringContaining('tried again') },
    })
    expect(sh(s.root, 'rev-parse', 'main')).toBe(s.old)
    expect(await land(s)).toMatchObject({ kind: 'landed', intent: { method: 'compare-and-swap' } })
    expect(readFileSync(join(s.root, 'a.txt'), 'utf8')).toBe('a\n')
  })

  it('waits when main is checked out twice, or in a directory that is away for a while', async () => {
    const s = await copyScene()
    const twin = join(home, 'twin')
    sh(s.root, 'worktree', 'add', '-q', '-f', twin, 'main')
    const was = before(s.root)
    const twice = await land(s)
    expect(twice).toMatchObject({ kind: 'blocked', blocked: { paths: [s.root, twin] } })
    expect(harm(s, was, twice)).toEqual([])
    sh(s.root, 'checkout', '-q', '-b', 'other')
    sh(s.root, 'worktree', 'lock', twin)
    renameSync(twin, `${twin}-away`)
    expect(await land(s)).toMatchObject({
      kind: 'blocked',
      blocked: { paths: [twin], detail: expect.stringContaining('is not there') },
    })
    renameSync(`${twin}-away`, twin)
    const landed = await land(s)
    expect(landed).toMatchObject({ kind: 'landed', intent: { checkout: twin } })
    expect(sh(twin, 'status', '--porcelain')).toBe('')
  })

  it('does not wait for a directory that is gone for good', async () => {
    const s = await copyScene()
    const twin = join(home, 'twin')
    sh(s.root, 'checkout', '-q', '-b', 'other')
    sh(s.root, 'worktree', 'add', '-q', twin, 'main')
    rmSync(twin, { recursive: true })
    expect(await land(s)).toMatchObject({ kind: 'landed', intent: { method: 'compare-and-swap' } })
  })

  it('does not move main away from under a rebase of it in another worktree', async () => {
    const s = await copyScene()
    const linked = join(home, 'linked')
    sh(s.root, 'checkout', '-q', '-b', 'other')
    sh(s.root, 'worktree', 'add', '-q', linked, 'main')
    sh(linked, '-c', 'sequence.editor=sed -i.bak 1s/^pick/edit/', 'rebase', '-q', '-i', '--root')
    expect(await land(s)).toMatchObject({
      kind: 'blocked',
      blocked: { reason: 'mid-operation', paths: [linked] },
    })
    sh(linked, 'rebase', '--abort')
    expect(await land(s)).toMatchObject({ kind: 'landed' })
  })
})

describe('main moves in the meantime', () => {
  it('is not there any more', async () => {
    const s = await copyScene()
    sh(s.root, 'branch', '-m', 'main', 'trunk')
    expect(await s.landing.head('main')).toEqual({
      commit: null,
      why: 'There is no branch main to land on.',
    })
    expect(await land(s)).toEqual({ kind: 'moved', to: 'nothing' })
  })

  it('to a commit of the person: nothing lands', async () => {
    const s = await copyScene()
    const way = await s.landing.prepare(s.landable)
    if (way.kind !== 'open') throw new Error(way.kind)
    const own = commit(s.root, { 'b.txt': 'mine\n' })
    const was = before(s.root)
    expect(await land(s)).toEqual({ kind: 'moved', to: own })
    const outcome = await s.landing.land(s.landable, way.intent)
    expect(outcome).toEqual({ kind: 'moved', to: own })
    expect(harm(s, was, outcome)).toEqual([])
    expect(await s.landing.settled(s.landable, way.intent)).toEqual({ kind: 'moved', to: own })
  })

  it('back in time: nothing lands, though it would be a fast-forward', async () => {
    const repo = await repositoryWith(join(home, 'repo'), FILES)
    commit(repo.root, { 'bad.txt': 'x\n' })
    const s = sceneOf(repo, home, branch(repo, 'one', CHANGE))
    sh(repo.root, 'reset', '-q', '--hard', 'HEAD~1')
    const was = before(repo.root)
    const outcome = await land(s)
    expect(outcome).toEqual({ kind: 'moved', to: sh(repo.root, 'rev-parse', 'main') })
    expect(harm(s, was, outcome)).toEqual([])
  })

  it('to an inner merge of the build: the rest lands from there', async () => {
    const s = await copyScene()
    sh(s.root, 'branch', 'two', branch(s.repo, 'more', { 'b.txt': 'B\n' }, s.old))
    const tree = sh(s.root, 'merge-tree', '--write-tree', s.landable.commit, 'two')
    const commitOf = sh(s.root, 'commit-tree', '-p', s.landable.commit, '-p', 'two', '-m', 'two', tree)
    const both = { ...s.landable, id: 'build2', from: [s.old, s.landable.commit], commit: commitOf, tree }
    await land(s)
    expect(await land({ ...s, landable: both })).toMatchObject({
      kind: 'landed',
      commit: commitOf,
      intent: { old: s.landable.commit },
    })
    // The first one has landed as well, whoever asks.
    expect(await land(s)).toMatchObject({ kind: 'landed', commit: s.landable.commit, intent: { old: s.old } })
  })

  it('on from the landing: a commit on top of it does not undo it', async () => {
    const s = await copyScene()
    const way = await s.landing.prepare(s.landable)
    if (way.kind !== 'open') throw new Error(way.kind)
    sh(s.root, 'merge', '-q', '--ff-only', s.landable.commit)
    commit(s.root, { 'b.txt': 'mine\n' })
    const landed = { kind: 'landed', commit: s.landable.commit }
    expect(await s.landing.settled(s.landable, way.intent)).toEqual(landed)
    expect(await s.landing.land(s.landable, way.intent)).toEqual(landed)
  })

  it('to a tree that was not tested: that is a fault of ours, and says so', async () => {
    const s = await copyScene()
    const wrong = { ...s.landable, tree: sh(s.root, 'rev-parse', 'main^{tree}') }
    await expect(land({ ...s, landable: wrong })).rejects.toThrow(/was tested/)
  })
})

it('is told in the reflog, and leaves no record of being at work', async () => {
  const s = await copyScene()
  await land(s)
  expect(sh(s.root, 'reflog', '-1', '--format=%gs', 'main')).toMatch(/^worktrain: land one/)
  expect(existsSync(join(s.stateDir, 'landing-in-flight.json'))).toBe(false)
})

it('lands on a branch with an odd name, whatever is configured for it', async () => {
  const s = await copyScene()
  const odd = 'feature/a=b.c'
  sh(s.root, 'branch', '-m', 'main', odd)
  sh(s.root, 'config', `branch.${odd}.mergeOptions`, '--squash')
  expect(await land({ ...s, landable: { ...s.landable, target: odd } })).toMatchObject({ kind: 'landed' })
  expect(sh(s.root, 'rev-parse', 'HEAD')).toBe(s.landable.commit)
})

it('does not try again while a lock it met is there, and does not take it away', async () => {
  const s = await copyScene()
  sh(s.root, 'checkout', '-q', '--detach')
  const lock = join(s.root, '.git/refs/heads/main.lock')
  write(s.root, { '.git/refs/heads/main.lock': '' })
  const blocked = { reason: 'index-lock' as const, paths: [lock], detail: 'held' }
  expect(await s.landing.prepare({ ...s.landable, blocked })).toEqual({ kind: 'blocked', blocked })
  expect(existsSync(lock)).toBe(true)
  rmSync(lock)
  expect(await land(s, blocked)).toMatchObject({ kind: 'landed' })
})

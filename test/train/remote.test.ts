/** Local and remote main as two values (facts/merge-and-partition G17): a bare repository is the remote. */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Landing, localLanding, type Move } from '../../src/train/land/landing.ts'
import { moveTarget } from '../../src/train/land/move.ts'
import { REMOTE_LIMITS } from '../../src/train/land/remote.ts'
import { candidate, copyTemplate, land, makeTemplate, type Scene, sceneOf } from './landing-scene.ts'
import { branch, commit, sh, write } from './repository.ts'

const lfs = spawnSync('git', ['lfs', 'version']).status === 0
let template: string
let home: string
beforeAll(async () => {
  template = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-remote-')))
  await makeTemplate(template)
})
afterAll(() => rmSync(template, { recursive: true, force: true }))
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-remote-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

interface Pair extends Scene {
  /** The remote. */
  bare: string
  there: () => string
  here: () => string
  /** A landing of this repository as a new process would have it. */
  again: (move?: Move) => Landing
}

/** A scene whose main is at `origin` as well. */
async function pair(): Promise<Pair> {
  const repo = await copyTemplate(template, home)
  const bare = join(home, 'origin.git')
  sh(home, 'init', '-q', '--bare', '-b', 'main', bare)
  sh(repo.root, 'remote', 'add', 'origin', bare)
  sh(repo.root, 'push', '-q', 'origin', 'main')
  const scene = sceneOf(repo, home, 'one')
  const again = (move: Move = moveTarget) =>
    localLanding(repo, scene.stateDir, Date.now, move, async () => 'origin', REMOTE_LIMITS)
  return {
    ...scene,
    landing: again(),
    bare,
    there: () => sh(bare, 'rev-parse', 'main'),
    here: () => sh(repo.root, 'rev-parse', 'main'),
    again,
  }
}

/** Somebody else's clone pushes a commit. */
function rival(p: Pair, files: Record<string, string> = { 'b.txt': 'rival\n' }): string {
  const clone = join(home, 'rival')
  if (!existsSync(clone)) sh(home, 'clone', '-q', p.bare, clone)
  sh(clone, 'pull', '-q')
  const oid = commit(clone, files, 'rival')
  sh(clone, 'push', '-q', 'origin', 'main')
  return oid
}

function hook(p: Pair, name: string, script: string): void {
  write(p.bare, { [`hooks/${name}`]: `#!/bin/sh\n${script}\n` })
  chmodSync(join(p.bare, 'hooks', name), 0o755)
}

describe('what is built on', () => {
  it('is local main where it holds what the remote has', async () => {
    const p = await pair()
    expect(await p.landing.head('main')).toEqual({ commit: p.old, why: null })
    const own = commit(p.root, { 'b.txt': 'mine\n' })
    expect(await p.landing.head('main')).toEqual({ commit: own, why: null })
    expect(await p.landing.remoteView('main')).toEqual({ name: 'origin', commit: p.old, ahead: 1, behind: 0 })
  })

  it('is what the remote has where local main is behind, found out when it is asked', async () => {
    const p = await pair()
    await p.landing.head('main')
    const theirs = rival(p)
    // An answer counts for a while.
    expect(await p.landing.head('main')).toMatchObject({ commit: p.old })
    expect(await p.landing.head('main', { fresh: true })).toEqual({ commit: theirs, why: null })
    expect(await p.landing.remoteView('main')).toMatchObject({ commit: theirs, ahead: 0, behind: 1 })
    expect(p.here()).toBe(p.old)
  })

  it('is nothing where each has what the other has not: both are named, and what to do', async () => {
    const p = await pair()
    const theirs = rival(p)
    const own = commit(p.root, { 'b.txt': 'mine\n' })
    const { commit: tip, why } = await p.landing.head('main')
    expect(tip).toBeNull()
    expect(why).toContain(`main and origin/main (${theirs.slice(0, 10)}) have diverged`)
    expect(why).toContain('main has 1 commit that origin/main has not, and lacks 1 commit of it')
    expect(why).toContain('git rebase origin/main')
    expect([p.here(), p.there()]).toEqual([own, theirs])
    sh(p.root, 'merge', '-q', '-s', 'ours', 'origin/main', '-m', 'both')
    expect(await p.landing.head('main')).toEqual({ commit: p.here(), why: null })
  })

  it('is what was last seen where the remote does not answer, and says so', async () => {
    const p = await pair()
    const theirs = rival(p)
    await p.landing.head('main')
    renameSync(p.bare, `${p.bare}-away`)
    const { commit: tip, why } = await p.landing.head('main', { fresh: true })
    expect(tip).toBe(theirs)
    expect(why).toMatch(/^origin does not answer: .*does not appear to be a git repository/s)
    expect(await land(p)).toMatchObject({ kind: 'blocked', blocked: { reason: 'remote', paths: [] } })
    expect(p.here()).toBe(p.old)
  })

  it('says when there is no such remote', async () => {
    const p = await pair()
    sh(p.root, 'remote', 'remove', 'origin')
    expect(await p.landing.head('main')).toMatchObject({
      commit: p.old,
      why: expect.stringContaining('There is no remote origin'),
    })
    expect(await land(p)).toMatchObject({ kind: 'blocked', blocked: { reason: 'remote' } })
  })

  it('is local main where the remote has no such branch yet', async () => {
    const p = await pair()
    sh(p.bare, 'update-ref', '-d', 'refs/heads/main')
    expect(await p.landing.head('main', { fresh: true })).toEqual({ commit: p.old, why: null })
    expect(await land(p)).toMatchObject({
      kind: 'landed',
      intent: { remote: { name: 'origin', old: null } },
    })
    expect([p.here(), p.there()]).toEqual([p.landable.commit, p.landable.commit])
  })
})

describe('a landing', () => {
  it('moves the remote first, then local main, each from where it was', async () => {
    const p = await pair()
    const seen: string[] = []
    const watching = p.again(async (...args) => {
      seen.push(p.there(), p.here())
      return moveTarget(...args)
    })
    expect(await land({ ...p, landing: watching })).toMatchObject({
      kind: 'landed',
      intent: { old: p.old, remote: { name: 'origin', old: p.old } },
    })
    expect(seen).toEqual([p.landable.commit, p.old])
    expect([p.here(), p.there()]).toEqual([p.landable.commit, p.landable.commit])
    expect(sh(p.root, 'status', '--porcelain')).toBe('')
    expect(await p.landing.remoteView('main')).toMatchObject({ ahead: 0, behind: 0 })
  })

  it('brings local main along that was behind', async () => {
    const p = await pair()
    const theirs = rival(p)
    const { commit: base } = await p.landing.head('main')
    expect(base).toBe(theirs)
    const tree = sh(p.root, 'merge-tree', '--write-tree', theirs, 'one')
    const merged = sh(p.root, 'commit-tree', '-p', theirs, '-p', 'one', '-m', 'landing', tree)
    const landable = { ...p.landable, from: [theirs], commit: merged, tree }
    expect(await land({ ...p, landable })).toMatchObject({
      kind: 'landed',
      intent: { old: p.old, remote: { old: theirs } },
    })
    expect([p.here(), p.there()]).toEqual([merged, merged])
    expect(sh(p.root, 'status', '--porcelain')).toBe('')
  })

  it.skipIf(!lfs)('sends the content of Git LFS files first, and pushes no pointer without it', async () => {
    const p = await pair()
    const content = 'picture\n'.repeat(100)
    const oid = createHash('sha256').update(content).digest('hex')
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`
    sh(p.root, 'config', 'lfs.url', pathToFileURL(p.bare).href)
    const landable = candidate(p.repo, branch(p.repo, 'lfs', { 'a.bin': pointer }))
    const missing = await land({ ...p, landable })
    expect(missing).toMatchObject({ kind: 'blocked', blocked: { reason: 'remote' } })
    expect(JSON.stringify(missing)).toContain('Git LFS files could not be sent to origin')
    expect([p.here(), p.there()]).toEqual([p.old, p.old])
    const place = ['lfs/objects', oid.slice(0, 2), oid.slice(2, 4), oid].join('/')
    write(p.root, { [`.git/${place}`]: content })
    expect(await land({ ...p, landable, landing: p.again() })).toMatchObject({ kind: 'landed' })
    expect(readFileSync(join(p.bare, place), 'utf8')).toBe(content)
    expect([p.here(), p.there()]).toEqual([landable.commit, landable.commit])
  })

  it('leaves it to the person to send Git LFS files where a change says', async () => {
    const p = await pair()
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 1\n`
    const files = { 'a.bin': pointer, '.lfsconfig': '[lfs]\n\turl = https://elsewhere.example\n' }
    const landable = candidate(p.repo, branch(p.repo, 'lfs', files))
    const refused = await land({ ...p, landable })
    expect(JSON.stringify(refused)).toContain('It changes .lfsconfig')
    expect([p.here(), p.there()]).toEqual([p.old, p.old])
  })

  it('pushes nothing else, and runs no hook of the repository', async () => {
    const p = await pair()
    sh(p.root, 'tag', '-a', '-m', 'x', 'v1', p.landable.commit)
    sh(p.root, 'config', 'push.followTags', 'true')
    const ran = join(home, 'ran')
    write(p.root, { '.git/hooks/pre-push': `#!/bin/sh\ntouch ${ran}\nexit 1\n` })
    chmodSync(join(p.root, '.git/hooks/pre-push'), 0o755)
    expect(await land(p)).toMatchObject({ kind: 'landed' })
    expect(existsSync(ran)).toBe(false)
    expect(sh(p.bare, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  })

  it('is void when somebody else pushes in between', async () => {
    const p = await pair()
    const way = await p.landing.prepare(p.landable)
    if (way.kind !== 'open') throw new Error(way.kind)
    const theirs = rival(p)
    expect(await p.landing.land(p.landable, way.intent)).toEqual({ kind: 'moved', to: theirs })
    expect([p.here(), p.there()]).toEqual([p.old, theirs])
    // And what is built next is built on it.
    expect(await p.landing.head('main')).toEqual({ commit: theirs, why: null })
    expect(await land(p)).toEqual({ kind: 'moved', to: theirs })
  })

  it('is void when the remote is set back, though a push would pass', async () => {
    const p = await pair()
    const second = commit(p.root, { 'b.txt': 'x\n' })
    sh(p.root, 'push', '-q', 'origin', 'main')
    const s = sceneOf(p.repo, home, 'one')
    const way = await p.landing.prepare(s.landable)
    if (way.kind !== 'open') throw new Error(way.kind)
    sh(p.bare, 'update-ref', 'refs/heads/main', p.old)
    expect(await p.landing.land(s.landable, way.intent)).toEqual({ kind: 'moved', to: p.old })
    expect([p.here(), p.there()]).toEqual([second, p.old])
  })

  it('waits with the words of a remote that declines it, and lands when it does no more', async () => {
    const p = await pair()
    hook(p, 'pre-receive', 'echo "no landings on a friday" >&2; exit 1')
    const declined = await land(p)
    expect(declined).toMatchObject({ kind: 'blocked', blocked: { reason: 'remote', paths: [] } })
    if (declined.kind !== 'blocked') return
    expect(declined.blocked.detail).toContain('pre-receive hook declined')
    expect(declined.blocked.detail).toContain('no landings on a friday')
    expect([p.here(), p.there()]).toEqual([p.old, p.old])
    rmSync(join(p.bare, 'hooks/pre-receive'))
    expect(await land(p, declined.blocked)).toMatchObject({ kind: 'landed' })
  })

  it('waits when the remote goes away after it was prepared', async () => {
    const p = await pair()
    const way = await p.landing.prepare(p.landable)
    if (way.kind !== 'open') throw new Error(way.kind)
    renameSync(p.bare, `${p.bare}-away`)
    expect(await p.landing.land(p.landable, way.intent)).toMatchObject({
      kind: 'blocked',
      blocked: { reason: 'remote' },
    })
    expect(p.here()).toBe(p.old)
    renameSync(`${p.bare}-away`, p.bare)
    expect(await p.landing.land(p.landable, way.intent)).toMatchObject({ kind: 'landed' })
  })

  it('does not wait for a remote for ever', async () => {
    const p = await pair()
    hook(p, 'pre-receive', `while [ ! -f ${home}/enough ]; do sleep 1; done; exit 1`)
    const limits = { ...REMOTE_LIMITS, push: 1500 }
    const hurried = localLanding(p.repo, p.stateDir, Date.now, moveTarget, async () => 'origin', limits)
    const outcome = await land({ ...p, landing: hurried })
    write(home, { enough: '' })
    expect(outcome).toMatchObject({
      kind: 'blocked',
      blocked: { reason: 'remote', detail: expect.stringContaining('did not answer in time') },
    })
    expect(p.here()).toBe(p.old)
  })

  it('is done when the push arrived and its answer did not', async () => {
    const p = await pair()
    hook(p, 'post-receive', 'kill -9 $PPID')
    expect(await land(p)).toMatchObject({ kind: 'landed' })
    expect([p.here(), p.there()]).toEqual([p.landable.commit, p.landable.commit])
  })

  it('never pushes what the checkout would refuse: that is looked at before', async () => {
    const p = await pair()
    const way = await p.landing.prepare(p.landable)
    if (way.kind !== 'open') throw new Error(way.kind)
    write(p.root, { 'a.txt': 'mine\n' })
    const outcome = await p.landing.land(p.landable, way.intent)
    expect(outcome).toMatchObject({ kind: 'blocked', blocked: { reason: 'checkout', paths: ['a.txt'] } })
    expect(p.there()).toBe(p.old)
  })
})

/** The remote moves, and then something is in the way of local main. */
async function halfWay(p: Pair, meanwhile: () => void) {
  const late = p.again((...args) => {
    meanwhile()
    return moveTarget(...args)
  })
  const outcome = await land({ ...p, landing: late })
  expect(p.there()).toBe(p.landable.commit)
  expect(p.here()).not.toBe(p.landable.commit)
  return outcome
}

describe('between the remote and local main', () => {
  it('a dirty checkout is told, and local main follows when it is clean', async () => {
    const p = await pair()
    const outcome = await halfWay(p, () => write(p.root, { 'a.txt': 'mine\n' }))
    if (outcome.kind !== 'blocked') throw new Error(outcome.kind)
    expect(outcome.blocked).toMatchObject({ reason: 'checkout', paths: ['a.txt'] })
    expect(outcome.blocked.detail).toContain('origin/main has it already: yours follows.')
    expect(await p.landing.prepare({ ...p.landable, blocked: outcome.blocked })).toEqual({
      kind: 'blocked',
      blocked: outcome.blocked,
    })
    sh(p.root, 'checkout', '-q', '--', 'a.txt')
    expect(await land(p, outcome.blocked)).toMatchObject({ kind: 'landed' })
    expect(p.here()).toBe(p.landable.commit)
  })

  it('somebody pushes on top of it: local main gets what was tested', async () => {
    const p = await pair()
    await halfWay(p, () => write(p.root, { 'a.txt': 'mine\n' }))
    const theirs = rival(p)
    sh(p.root, 'checkout', '-q', '--', 'a.txt')
    expect(await land({ ...p, landing: p.again() })).toMatchObject({ kind: 'landed' })
    expect([p.here(), p.there()]).toEqual([p.landable.commit, theirs])
  })

  it('the person commits: it is told that both have diverged, and is landed when they are one again', async () => {
    const p = await pair()
    const outcome = await halfWay(p, () => void commit(p.root, { 'a.txt': 'mine\n' }))
    expect(outcome).toMatchObject({
      kind: 'blocked',
      blocked: { reason: 'remote', detail: expect.stringContaining('It has landed at origin') },
    })
    expect(await land(p)).toMatchObject({ kind: 'blocked', blocked: { reason: 'remote' } })
    expect(await p.landing.head('main')).toMatchObject({
      commit: null,
      why: expect.stringContaining('diverged'),
    })
    sh(p.root, 'merge', '-q', '-s', 'ours', '-m', 'both', 'origin/main')
    expect(await land(p)).toMatchObject({ kind: 'landed', commit: p.landable.commit })
  })

  it('the process dies: what both say settles it', async () => {
    const p = await pair()
    const way = await p.landing.prepare(p.landable)
    if (way.kind !== 'open') throw new Error(way.kind)
    const dies = p.again(async () => {
      throw new Error('died')
    })
    await expect(dies.land(p.landable, way.intent)).rejects.toThrow('died')
    expect([p.here(), p.there()]).toEqual([p.old, p.landable.commit])
    const next = p.again()
    expect(await next.recover()).toEqual([])
    expect(await next.settled(p.landable, way.intent)).toBeNull()
    expect(await next.land(p.landable, way.intent)).toMatchObject({ kind: 'landed' })
    expect(await next.settled(p.landable, way.intent)).toMatchObject({ kind: 'landed' })
    expect([p.here(), p.there()]).toEqual([p.landable.commit, p.landable.commit])
  })

  it('the remote is set back: nothing lands here alone', async () => {
    const p = await pair()
    const way = await p.landing.prepare(p.landable)
    if (way.kind !== 'open') throw new Error(way.kind)
    const dies = p.again(async () => {
      throw new Error('died')
    })
    await expect(dies.land(p.landable, way.intent)).rejects.toThrow('died')
    const other = sh(p.bare, 'commit-tree', '-p', p.old, '-m', 'other', `${p.old}^{tree}`)
    sh(p.bare, 'update-ref', 'refs/heads/main', other)
    expect(await p.again().land(p.landable, way.intent)).toEqual({ kind: 'moved', to: other })
    expect(p.here()).toBe(p.old)
  })
})

it('shows the branch of the only remote where nothing is pushed', async () => {
  const p = await pair()
  const alone = localLanding(p.repo, p.stateDir, Date.now)
  commit(p.root, { 'b.txt': 'x\n' })
  expect(await alone.remoteView('main')).toEqual({ name: 'origin', commit: p.old, ahead: 1, behind: 0 })
  const scene = sceneOf(p.repo, home, 'one')
  expect(await land({ ...scene, landing: alone })).toMatchObject({ kind: 'landed' })
  expect(p.there()).toBe(p.old)
  sh(p.root, 'remote', 'remove', 'origin')
  expect(await alone.remoteView('main')).toBeNull()
})

/** Death and want in the middle of a landing: what is left is put right, and only what is ours. */
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openRepository } from '../../src/git/index.ts'
import { localLanding } from '../../src/train/land/landing.ts'
import { mountable } from '../fixtures/disk.ts'
import { before, copyTemplate, harm, land, makeTemplate, type Scene, sceneOf } from './landing-scene.ts'
import { branch, commit, ENV, sh, write } from './repository.ts'

let template: string
let home: string
beforeAll(async () => {
  template = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-faults-')))
  await makeTemplate(template)
})
afterAll(() => rmSync(template, { recursive: true, force: true }))
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-faults-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** The usual change, and z.txt, which git writes last and through a filter that runs `deadly`. */
async function scene(): Promise<Scene> {
  const repo = await copyTemplate(template, home)
  writeFileSync(join(home, 'deadly'), `#!/bin/sh\n[ ! -f ${home}/armed ] || . ${home}/armed\ncat\n`)
  chmodSync(join(home, 'deadly'), 0o755)
  sh(repo.root, 'config', 'filter.deadly.smudge', join(home, 'deadly'))
  commit(repo.root, { '.gitattributes': 'm.txt filter=deadly\n' })
  const change = {
    'a.txt': 'A\n',
    'gone.txt': null,
    'dir/one.txt': null,
    'l.txt': 'new\n',
    'm.txt': 'm\n',
    'z.txt': 'z\n',
  }
  return sceneOf(repo, home, branch(repo, 'another', change))
}

/** A process that lands, and is killed together with its git by a script that knows both. */
async function killed(s: Scene, env: Record<string, string> = {}): Promise<void> {
  const options = { root: s.root, stateDir: s.stateDir, landable: s.landable, pidFile: join(home, 'pid') }
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'landing-victim.ts'), JSON.stringify(options)],
    {
      env: { ...ENV, ...env, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const ended = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(signal ?? code))
  })
  expect(ended).toBe('SIGKILL')
}

const KILL = `kill -9 $(cat "$HOME_OF_TEST/pid") $PPID`

/** After a death: a new process puts right what is left, and lands. */
async function recovers(s: Scene, was: ReturnType<typeof before>): Promise<string[]> {
  rmSync(join(home, 'armed'), { force: true })
  const next = localLanding(await openRepository(s.root), s.stateDir, Date.now)
  const done = await next.recover()
  const outcome = await land({ landing: next, landable: s.landable })
  expect(outcome).toMatchObject({ kind: 'landed' })
  expect(harm(s, was, outcome)).toEqual([])
  expect(existsSync(join(s.stateDir, 'landing-in-flight.json'))).toBe(false)
  expect(sh(s.root, 'fsck', '--no-dangling', '--no-progress')).toBe('')
  return done
}

describe('killed together with its git', () => {
  it('in the middle of the files: they are put back before anything else', async () => {
    const s = await scene()
    write(s.root, { 'b.txt': 'mine\n', 'own.txt': 'mine\n' })
    const was = before(s.root)
    write(home, { armed: KILL })
    await killed(s, { HOME_OF_TEST: home })
    // So it was in the middle.
    expect(existsSync(join(s.root, '.git/index.lock'))).toBe(true)
    expect(existsSync(join(s.root, 'gone.txt'))).toBe(false)
    rmSync(join(home, 'armed'))
    const next = localLanding(s.repo, s.stateDir, Date.now)
    expect((await next.recover()).join('\n')).toMatch(/removed .*index\.lock.*\n.*put back \d files/)
    expect([...before(s.root).mine]).toEqual([...was.mine])
    expect(readFileSync(join(s.root, 'gone.txt'), 'utf8')).toBe('gone\n')
    await recovers(s, was)
  })

  it('in the middle of the files, and then the landing is void: the checkout is as it was', async () => {
    const s = await scene()
    const was = before(s.root)
    write(home, { armed: KILL })
    await killed(s, { HOME_OF_TEST: home })
    rmSync(join(home, 'armed'))
    await localLanding(s.repo, s.stateDir, Date.now).recover()
    expect([...before(s.root).mine]).toEqual([...was.mine])
    expect(sh(s.root, 'status', '--porcelain')).toBe('')
  })

  it('in the middle of the files, and then the person works on: nothing of that is touched', async () => {
    const s = await scene()
    write(home, { armed: KILL })
    await killed(s, { HOME_OF_TEST: home })
    rmSync(join(home, 'armed'))
    write(s.root, { 'a.txt': 'mine\n', 'l.txt': 'mine as well\n' })
    const next = localLanding(s.repo, s.stateDir, Date.now)
    await next.recover()
    expect(readFileSync(join(s.root, 'a.txt'), 'utf8')).toBe('mine\n')
    expect(readFileSync(join(s.root, 'l.txt'), 'utf8')).toBe('mine as well\n')
    expect(await land({ landing: next, landable: s.landable })).toMatchObject({
      kind: 'blocked',
      blocked: { paths: ['a.txt', 'l.txt'] },
    })
  })

  /** Git of a landing with a hook: hooks are off there, so this git turns them on again. */
  function gitWithHook(state: string): string {
    const bin = join(home, 'bin')
    const hooks = join(home, 'hooks')
    mkdirSync(bin)
    mkdirSync(hooks)
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
    writeFileSync(
      join(bin, 'git'),
      [
        '#!/bin/sh',
        'n=$#',
        'while [ $n -gt 0 ]; do',
        `a=$1; shift; [ "$a" != core.hooksPath=/dev/null ] || a=core.hooksPath=${hooks}`,
        'set -- "$@" "$a"; n=$((n-1))',
        'done',
        `exec ${real} "$@"`,
        '',
      ].join('\n'),
    )
    writeFileSync(
      join(hooks, 'reference-transaction'),
      `#!/bin/sh\ncase "$1 $(cat)" in "${state} "*refs/heads/main*) ${KILL} ;; esac\n`,
    )
    for (const file of [join(bin, 'git'), join(hooks, 'reference-transaction')]) chmodSync(file, 0o755)
    return `${bin}${delimiter}${process.env['PATH']}`
  }

  it.each(['prepared', 'committed'])('when the branch moves (%s), in a checkout', async (state) => {
    const s = await scene()
    write(s.root, { 'b.txt': 'mine\n' })
    const was = before(s.root)
    await killed(s, { HOME_OF_TEST: home, PATH: gitWithHook(state) })
    const moved = sh(s.root, 'rev-parse', 'main') === s.landable.commit
    expect(moved).toBe(state === 'committed')
    await recovers(s, was)
  })

  it.each(['person', 'nobody'])(
    'before the branch moves, and then %s goes on: nothing of it is left to be committed',
    async (who) => {
      const s = await scene()
      write(s.root, { 'b.txt': 'mine\n' })
      const was = before(s.root)
      await killed(s, { HOME_OF_TEST: home, PATH: gitWithHook('prepared') })
      // So it was: index and files are those of the landing, main is not.
      expect(sh(s.root, 'diff', '--cached', '--name-only', s.landable.commit)).toBe('')
      rmSync(join(s.root, '.git/HEAD.lock'), { force: true })
      rmSync(join(s.root, '.git/refs/heads/main.lock'), { force: true })
      if (who === 'person') {
        write(s.root, { 'own-new.txt': 'mine\n' })
        sh(s.root, 'add', 'own-new.txt')
        sh(s.root, 'commit', '-qm', 'mine', '--', 'own-new.txt')
      }
      const done = await localLanding(s.repo, s.stateDir, Date.now).recover()
      expect(done.join('\n')).toMatch(/put back \d+ files/)
      expect(sh(s.root, 'diff', '--cached', '--name-only', 'HEAD')).toBe('')
      expect([...before(s.root).mine]).toEqual([...was.mine])
    },
  )

  it.each(['prepared', 'committed'])('when the branch moves (%s), checked out nowhere', async (state) => {
    const s = await scene()
    sh(s.root, 'checkout', '-q', '--detach')
    const was = before(s.root)
    await killed(s, { HOME_OF_TEST: home, PATH: gitWithHook(state) })
    await recovers(s, was)
  })
})

describe('locks', () => {
  /** Killed in the middle: the lock of our dead git is there. */
  async function withLock(): Promise<Scene & { lock: string }> {
    const s = await scene()
    write(home, { armed: KILL })
    await killed(s, { HOME_OF_TEST: home })
    rmSync(join(home, 'armed'))
    return { ...s, lock: join(s.root, '.git/index.lock') }
  }

  it('is left alone while somebody alive may hold it, and put right when they end', async () => {
    const s = await withLock()
    const git = spawn('git', ['cat-file', '--batch'], {
      cwd: s.root,
      env: ENV,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const closed = new Promise((resolve) => git.on('close', resolve))
    git.stdin.write('HEAD\n')
    await new Promise((resolve) => git.stdout.once('data', resolve))
    expect((await s.landing.recover()).join()).toContain('git still works')
    expect(existsSync(s.lock)).toBe(true)
    expect(await land(s)).toMatchObject({ kind: 'blocked', blocked: { reason: 'index-lock' } })
    git.stdin.end()
    await closed
    expect(await land(s)).toMatchObject({ kind: 'landed' })
    expect(sh(s.root, 'status', '--porcelain')).toBe('')
  })

  it('is left alone when it is older than our git', async () => {
    const s = await withLock()
    utimesSync(s.lock, 1, 1)
    await s.landing.recover()
    expect(existsSync(s.lock)).toBe(true)
    expect(await land(s)).toMatchObject({ kind: 'blocked', blocked: { paths: [s.lock] } })
  })

  it('is left alone when no record says that it is ours', async () => {
    const s = await withLock()
    rmSync(join(s.stateDir, 'landing-in-flight.json'))
    expect(await s.landing.recover()).toEqual([])
    expect(await land(s)).toMatchObject({ kind: 'blocked', blocked: { paths: [s.lock] } })
    expect(existsSync(s.lock)).toBe(true)
  })
})

describe('the disk', () => {
  it.skipIf(!mountable())(
    'is full while git writes the files: they are taken back, and it lands when there is room',
    async () => {
      const disk = join(home, 'disk')
      mkdirSync(disk)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk])
      try {
        const repo = await copyTemplate(template, disk)
        const large = Array.from({ length: 3 * 1024 * 1024 }, (_, i) => (i % 60 === 59 ? '\n' : 'x')).join('')
        const s = sceneOf(
          repo,
          home,
          branch(repo, 'another', { 'a.txt': 'A\n', 'gone.txt': null, 'large.txt': large }),
        )
        const was = before(s.root)
        const room = Number(
          execFileSync('df', ['-Pk', disk], { encoding: 'utf8' }).split('\n')[1]?.split(/\s+/)[3],
        )
        writeFileSync(join(disk, 'filler'), Buffer.alloc((room - 1024) * 1024, 1))
        const outcome = await land(s)
        expect(outcome).toMatchObject({ kind: 'blocked', blocked: { reason: 'checkout', paths: [] } })
        expect(outcome.kind === 'blocked' && outcome.blocked.detail).toMatch(
          /disk is full|No space left|unable to write/,
        )
        expect([...before(s.root).mine]).toEqual([...was.mine])
        expect(existsSync(join(s.root, 'large.txt'))).toBe(false)
        rmSync(join(disk, 'filler'))
        expect(await land(s)).toMatchObject({ kind: 'landed' })
        expect(sh(s.root, 'status', '--porcelain')).toBe('')
      } finally {
        execFileSync('umount', [disk])
      }
    },
  )

  it('does not let the git directory be written: it waits and says so', async () => {
    const s = await scene()
    const was = before(s.root)
    // Where a git runs as root, rights stop nobody: a directory in its place stops everybody.
    mkdirSync(join(s.root, '.git/index.lock'))
    const outcome = await land(s)
    expect(outcome).toMatchObject({ kind: 'blocked', blocked: { reason: 'index-lock' } })
    rmSync(join(s.root, '.git/index.lock'), { recursive: true })
    expect(harm(s, was, outcome)).toEqual([])
    expect(await land(s)).toMatchObject({ kind: 'landed' })
  })

  it('takes no lock of the repository: it waits and says so', async () => {
    const s = await scene()
    const mutex = join(s.root, '.git/worktrain/mutex')
    rmSync(mutex, { force: true })
    mkdirSync(mutex, { recursive: true })
    expect(await land(s)).toMatchObject({
      kind: 'blocked',
      blocked: {
        reason: 'checkout',
        detail: expect.stringContaining('worktrain cannot be written') as string,
      },
    })
    rmdirSync(mutex)
    expect(await land(s)).toMatchObject({ kind: 'landed' })
  })

  it.skipIf(process.getuid?.() === 0)('is read-only for this user: it waits and says so', async () => {
    const s = await scene()
    chmodSync(join(s.root, '.git'), 0o555)
    const outcome = await land(s)
    chmodSync(join(s.root, '.git'), 0o755)
    expect(outcome).toMatchObject({ kind: 'blocked', blocked: { reason: 'checkout' } })
    expect(sh(s.root, 'status', '--porcelain')).toBe('')
    expect(await land(s)).toMatchObject({ kind: 'landed' })
  })
})

it('keeps what the person can go back to, whether it lands or not', async () => {
  const s = await scene()
  write(s.root, { '.git/ORIG_HEAD': `${s.old}\n` })
  write(home, { armed: 'exit 1' })
  sh(s.root, 'config', 'filter.deadly.clean', 'cat')
  sh(s.root, 'config', 'filter.deadly.required', 'true')
  expect(await land(s)).toMatchObject({ kind: 'blocked' })
  expect(readFileSync(join(s.root, '.git/ORIG_HEAD'), 'utf8')).toBe(`${s.old}\n`)
  rmSync(join(home, 'armed'))
  rmSync(join(s.root, '.git/ORIG_HEAD'))
  expect(await land(s)).toMatchObject({ kind: 'landed' })
  expect(existsSync(join(s.root, '.git/ORIG_HEAD'))).toBe(false)
})

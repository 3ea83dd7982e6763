/** Everything that git writes into shared state goes through one door. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fetchRefs, git, moveRefs, privateGit, updateRef, type Repository } from '../../src/git/index.ts'
import { writeShared } from '../../src/git/broker.ts'
import { isReading } from '../../src/git/reading.ts'
import { withRepositoryLock } from '../../src/git/lock.ts'
import { bootId } from '../../src/platform/processes.ts'
import { filesOf, textOf } from '../quality/tree.ts'
import { commit, repository, sh, temporary } from './repo.ts'

const sources = filesOf('src').filter((path) => path.endsWith('.ts'))
const callers = (name: string) =>
  sources.filter((path) => new RegExp(`(?<!function )\\b${name}\\(`).test(textOf(path)))

describe('the door', () => {
  test('is the only way to write: whoever runs git otherwise is listed here', () => {
    // Unchecked: the two that check, the broker, and the one that finds out the version.
    const unchecked = sources.filter((path) => /import \{[^}]*\bexecute\b/.test(textOf(path)))
    expect(unchecked).toEqual(['src/git/broker.ts', 'src/git/git.ts'])
    // In a git directory of one session, of one attempt, or of nobody yet.
    expect(callers('privateGit')).toEqual([
      'src/train/checks/scratch.ts',
      'src/train/merge/objects.ts',
      'src/train/merge/remember.ts',
      'src/workspaces/include.ts',
      'src/workspaces/rebuild.ts',
      'src/workspaces/sealed.ts',
      'src/workspaces/submodules.ts',
      'src/workspaces/trusted.ts',
    ])
    // The person's checkout is moved by a landing, and by a spotlight.
    expect(callers('writeCheckout')).toEqual([
      'src/git/broker.ts',
      'src/spotlight/scene.ts',
      'src/train/land/move.ts',
      'src/train/land/repair.ts',
    ])
    expect(callers('writeShared').every((path) => path.startsWith('src/git/'))).toBe(true)
    const started = sources.filter((path) =>
      /(?:run|spawn|execFile|execFileSync)\(\s*'git'|\['git'[\],]/.test(textOf(path)),
    )
    // The sample repository is made, and looked at, by the person of the rehearsal; a merge, what puts a snapshot back, and what a fetch reads, runs in the cell.
    expect(started.filter((path) => !path.startsWith('src/rehearsal/'))).toEqual([
      'src/git/execute.ts',
      'src/workspaces/fetch.ts',
      'src/workspaces/reset.ts',
      'src/workspaces/update.ts',
    ])
  })

  test('plain git refuses what writes', async () => {
    for (const args of [
      ['fetch', 'origin'],
      ['update-ref', 'refs/heads/main', 'x'],
      ['config', 'a.b', 'c'],
      ['worktree', 'add', 'x'],
      ['worktree', 'prune'],
      ['branch', '-D', 'main'],
      ['gc'],
      ['pack-refs', '--all'],
      ['symbolic-ref', 'HEAD', 'refs/heads/x'],
      ['remote', 'add', 'a', 'b'],
      ['constructor'],
      [],
    ]) {
      expect(isReading(args), args.join(' ')).toBe(false)
      await expect(git(args, { cwd: temporary() })).rejects.toThrow('writes')
    }
    expect(isReading(['config', '--get', 'a.b'])).toBe(true)
    expect(isReading(['worktree', 'list', '--porcelain'])).toBe(true)
  })

  test('the lock is held already within it, and told when somebody waits', async () => {
    const repo = await repository()
    const order: string[] = []
    const { promise: held, resolve: isHeld } = Promise.withResolvers<void>()
    const first = withRepositoryLock(repo, async (wanted) => {
      await withRepositoryLock(repo, async () => void order.push('inner'))
      expect(wanted.aborted).toBe(false)
      isHeld()
      if (!wanted.aborted) await once(wanted, 'abort')
      order.push('yields')
    })
    await held
    await updateAndDelete(repo)
    order.push('other')
    await first
    expect(order).toEqual(['inner', 'yields', 'other'])
  })
})

async function updateAndDelete(repo: Repository): Promise<void> {
  const head = sh(repo.root, 'rev-parse', 'HEAD')
  await updateRef(repo, 'refs/worktrain/x', head, null)
  await moveRefs(repo, [{ ref: 'refs/worktrain/x', new: null, old: head }], 'test')
}

/** A git directory whose writes stop in the middle, locks held, until the file is there that lets them go on. */
function stopAt(phase: 'prepared' | 'committed'): { reached: string; hooks: string } {
  const hooks = temporary()
  const reached = join(hooks, 'reached')
  const script = `#!/bin/sh\n[ "$1" = ${phase} ] && { echo $PPID > '${reached}'; while kill -0 $PPID 2>/dev/null; do sleep 0.05; done; }\nexit 0\n`
  writeFileSync(join(hooks, 'reference-transaction'), script, { mode: 0o755 })
  return { reached, hooks }
}

async function appears(file: string): Promise<string> {
  for (const until = Date.now() + 30_000; Date.now() < until;) {
    if (existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'))
      return readFileSync(file, 'utf8').trim()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`${file} did not appear`)
}

const locksIn = (repo: Repository): string[] =>
  readdirSync(repo.commonDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(lock|new)$/.test(name),
  )
const writes = (repo: Repository): string[] => readdirSync(join(repo.commonDir, 'worktrain/writes'))

describe('a write that was killed', () => {
  const kinds = [
    ['a ref that moves', 'prepared', 'move'],
    ['a ref that is deleted', 'prepared', 'delete'],
    ['a fetch', 'prepared', 'fetch'],
    ['a branch that is checked out', 'prepared', 'branch'],
    ['packing refs', 'prepared', 'pack'],
  ] as const
  for (const [title, phase, kind] of kinds) {
    test(`leaves locks that the next write knows for ours: ${title}`, async () => {
      const repo = await repository()
      const head = sh(repo.root, 'rev-parse', 'HEAD')
      const next = sh(repo.root, 'commit-tree', '-p', head, '-m', 'next', 'HEAD^{tree}')
      const other = join(temporary(), 'other')
      sh(repo.root, 'clone', '-q', '.', other)
      sh(repo.root, 'update-ref', 'refs/worktrain/a', head)
      sh(repo.root, 'pack-refs', '--all')
      const { reached, hooks } = stopAt(phase)
      const config = [`core.hooksPath=${hooks}`]
      const stdin = (line: string) => ({ input: `start\n${line}\nprepare\ncommit\n`, config })
      const locks = [
        'refs/worktrain/a.lock',
        'refs/heads/main.lock',
        'HEAD.lock',
        'packed-refs.lock',
        'packed-refs.new',
      ]
      const run = {
        move: () =>
          writeShared(
            repo,
            't',
            locks,
            ['update-ref', '--stdin'],
            stdin(`update refs/worktrain/a ${next} ${head}`),
          ),
        delete: () =>
          writeShared(repo, 't', locks, ['update-ref', '--stdin'], stdin(`delete refs/worktrain/a ${head}`)),
        branch: () =>
          writeShared(
            repo,
            't',
            locks,
            ['update-ref', '--stdin'],
            stdin(`update refs/heads/main ${next} ${head}`),
          ),
        fetch: () => fetchRefs(repo, other, ['+refs/heads/main:refs/worktrain/b'], { config }),
        pack: () =>
          writeShared(
            repo,
            't',
            ['refs/', ...locks],
            ['update-ref', '--stdin'],
            stdin(`delete refs/worktrain/a ${head}`),
          ),
      }[kind]
      const running = run()
      const failed = expect(running).rejects.toMatchObject({ code: 'GIT_FAILED' })
      const pid = Number(await appears(reached))
      expect(locksIn(repo).length).toBeGreaterThan(0)
      // The git that holds the locks, then the group with its hook.
      process.kill(pid, 'SIGKILL')
      await failed
      const sleeping = await updateRef(repo, 'refs/worktrain/b', head, null)
      expect(sleeping).toBe(true)
      await moveRefs(repo, [{ ref: 'refs/worktrain/a', new: null, old: head }], 'test')
      expect(locksIn(repo)).toEqual([])
      expect(writes(repo)).toEqual([])
      expect(sh(repo.root, 'rev-parse', 'main')).toBe(head)
    })
  }

  test('also when the whole supervisor died', async () => {
    const repo = await repository()
    const head = sh(repo.root, 'rev-parse', 'HEAD')
    const { reached, hooks } = stopAt('prepared')
    const source = join(import.meta.dirname, '../../src/git')
    const script = `
      import { writeShared } from ${JSON.stringify(join(source, 'broker.ts'))}
      const repo = ${JSON.stringify(repo)}
      await writeShared(repo, 't', ['refs/worktrain/a.lock', 'HEAD.lock'], ['update-ref', 'refs/worktrain/a', '${head}'],
        { config: ['core.hooksPath=${hooks}'] })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
    const git = Number(await appears(reached))
    child.kill('SIGKILL')
    await once(child, 'exit')
    // Its git goes on without it: until that has ended its lock is somebody's.
    await expect(
      writeShared(repo, 't', [], ['update-ref', 'refs/worktrain/a', head], {
        patienceMs: 0,
        config: ['core.filesRefLockTimeout=100'],
      }),
    ).rejects.toMatchObject({ code: 'GIT_LOCKED' })
    process.kill(git, 'SIGKILL')
    expect(await updateRef(repo, 'refs/worktrain/a', head, null)).toBe(true)
    expect(locksIn(repo)).toEqual([])
  })
})

describe("a person's lock", () => {
  test('is waited for, and told when it stays; it is never taken away', async () => {
    const repo = await repository()
    const head = sh(repo.root, 'rev-parse', 'HEAD')
    const lock = join(repo.commonDir, 'refs/worktrain/a.lock')
    mkdirSync(dirname(lock), { recursive: true })
    writeFileSync(lock, '')
    const move = (patienceMs: number) =>
      writeShared(repo, 't', ['refs/worktrain/a.lock'], ['update-ref', 'refs/worktrain/a', head], {
        patienceMs,
        config: ['core.filesRefLockTimeout=50'],
      })
    await expect(move(0)).rejects.toMatchObject({
      code: 'GIT_LOCKED',
      message: expect.stringContaining(lock),
    })
    expect(existsSync(lock)).toBe(true)
    const waiting = move(20_000)
    await expect(move(0)).rejects.toMatchObject({ code: 'GIT_LOCKED' })
    rmSync(lock)
    await waiting
    expect(sh(repo.root, 'rev-parse', 'refs/worktrain/a')).toBe(head)
  })

  test('taken before ours began is not ours, whatever a record says', async () => {
    const repo = await repository()
    const head = sh(repo.root, 'rev-parse', 'HEAD')
    const lock = join(repo.commonDir, 'packed-refs.lock')
    writeFileSync(lock, '')
    const records = join(repo.commonDir, 'worktrain/writes')
    mkdirSync(records, { recursive: true })
    utimesSync(lock, new Date(1_700_000_000_000), new Date(1_700_000_000_000))
    const dead = {
      by: { pid: 2 ** 22, startTime: '1' },
      boot: bootId(),
      what: 't',
      locks: ['packed-refs.lock'],
    }
    writeFileSync(join(records, 'x'), JSON.stringify(dead))
    expect(await updateRef(repo, 'refs/worktrain/a', head, null)).toBe(true)
    expect(existsSync(lock)).toBe(true)
    // And a name that leads out of the git directory is nothing.
    const outside = join(temporary(), 'outside.lock')
    writeFileSync(join(records, 'y'), JSON.stringify({ ...dead, locks: [`../../${outside}`] }))
    writeFileSync(outside, '')
    await updateRef(repo, 'refs/worktrain/b', head, null)
    expect(existsSync(outside)).toBe(true)
  })
})

test('a commit of the person meanwhile is not disturbed', async () => {
  const repo = await repository()
  const head = sh(repo.root, 'rev-parse', 'HEAD')
  const names = Array.from({ length: 12 }, (_, i) => `refs/worktrain/n${i}`)
  await Promise.all(names.map((name) => updateRef(repo, name, head, null)))
  const deleting = Promise.all(names.map((ref) => moveRefs(repo, [{ ref, new: null, old: head }], 'test')))
  for (let i = 0; i < 5; i += 1) commit(repo.root, { [`f${i}`]: '1' })
  await deleting
  expect(sh(repo.root, 'rev-list', '--count', 'main')).toBe('6')
  await expect(privateGit(['fsck', '--strict'], { gitDir: repo.commonDir })).resolves.toMatchObject({
    code: 0,
  })
})

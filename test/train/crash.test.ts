/** SIGKILL at every journalled step; then a new train takes over. */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Repository } from '../../src/git/index.ts'
import { bundleVictim } from './bundle.ts'
import { violations } from './invariants.ts'
import {
  branch,
  commit,
  ENV,
  enqueue,
  openStation,
  repositoryWith,
  settle,
  sh,
  shown,
  type Station,
  write,
} from './station.ts'
import type { VictimPlan } from './victim.ts'
import { sampled } from '../fixtures/sample.ts'

let home: string
let s: Station | null = null
let victim: string
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'worktrain-victim-'))
  victim = await bundleVictim(directory)
  return () => rmSync(directory, { recursive: true, force: true })
})
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-crash-')))
})
afterEach(async () => {
  await s?.journal.close()
  s = null
  rmSync(home, { recursive: true, force: true })
})

function startVictim(root: string, plan: VictimPlan): ChildProcess {
  return spawn(process.execPath, [victim, root, home, JSON.stringify(plan)], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function endOf(child: ChildProcess): Promise<NodeJS.Signals | number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(signal ?? code))
  })
}

const FILES = { 'README.md': 'hello\n', 'a.txt': '1\n2\n3\n4\n5\n6\n7\n8\n9\n' }

/**
 * With what has to be on the train for that step to come. `before`: what the step does is done, and nobody
 * wrote it down. `after`: it is written down, and nobody was told.
 */
const CASES: { kind: Kind; where: string }[] = [
  ...both('good', ['build.made', 'check.started', 'check.finished', 'landing.intended', 'train.landed']),
  ...both('red', ['change.suspected', 'change.ejected']),
  ...both('flaky', ['change.cleared', 'train.flaked']),
  ...both('conflict', ['change.conflicted']),
  ...both('blocked', ['landing.blocked']),
  ...both('dirtying', ['build.ended']),
  ...both('mainRed', ['train.paused']),
  ...both('together', ['train.landed', 'build.made']),
  ...both('verified', ['train.verified']),
]

type Kind =
  | 'good'
  | 'red'
  | 'flaky'
  | 'conflict'
  | 'blocked'
  | 'dirtying'
  | 'mainRed'
  | 'together'
  | 'verified'

function both(kind: Kind, types: string[]) {
  return types.flatMap((type) => ['before', 'after'].map((when) => ({ kind, where: `${when}:${type}` })))
}

const BRINGS: Partial<Record<Kind, Record<string, string>>> = {
  red: { 'bad.txt': 'x\n' },
  conflict: { 'a.txt': 'theirs\n' },
}

function checkFor(kind: Kind): string {
  if (kind === 'mainRed') return 'test -f fixed.txt'
  if (kind === 'dirtying') return '[ ! -f one.txt ] || echo >> one.txt'
  // Red the first time that it is run with the change in it, whatever the tree.
  if (kind === 'flaky') return `[ ! -f one.txt ] || ! mkdir ${home}/once`
  return 'test ! -f bad.txt'
}

it.each(sampled(CASES, 16))('killed $where ($kind)', async ({ kind, where }) => {
  const repo = await repositoryWith(join(home, 'repo'), FILES)
  const { root } = repo
  const first = await openStation(repo, home)
  const name = ['red', 'conflict', 'dirtying'].includes(kind) ? 'bad' : 'one'
  await enqueue(first, name, branch(repo, name, BRINGS[kind] ?? { 'one.txt': '1\n' }), [checkFor(kind)])
  if (kind === 'together')
    for (const other of ['two', 'three'])
      await enqueue(first, other, branch(repo, other, { [`${other}.txt`]: 'x\n' }), [checkFor(kind)])
  const mine = kind === 'conflict' ? [commit(root, { 'a.txt': 'mine\n' })] : []
  await first.journal.close()
  if (kind === 'blocked') write(root, { 'one.txt': 'in the way\n' })

  const plan = { die: where, verify: kind === 'verified', slots: kind === 'together' ? 2 : 1 }
  expect(await endOf(startVictim(root, plan))).toBe('SIGKILL')

  s = await openStation(repo, home)
  await s.train.recover()
  await settle(s)
  if (kind === 'blocked') {
    expect(await shown(s, 'one')).toMatchObject({ state: 'blocked' })
    expect(readFileSync(join(root, 'one.txt'), 'utf8')).toBe('in the way\n')
    rmSync(join(root, 'one.txt'))
  }
  if (kind === 'mainRed') {
    expect((await s.train.view()).paused).toContain('main is red')
    mine.push(commit(root, { 'fixed.txt': 'x\n' }))
  }
  await settle(s)
  const good = ['one', 'two', 'three']
  expect(await violations(root, s.stateDir, s.journal, { good, mine })).toEqual([])
})

it('takes back a landing that was decided when main moves before the next start', async () => {
  const repo = await repositoryWith(join(home, 'repo'), FILES)
  const { root } = repo
  const first = await openStation(repo, home)
  await enqueue(first, 'one', branch(repo, 'one', { 'one.txt': '1\n' }))
  await first.journal.close()
  expect(await endOf(startVictim(root, { die: 'after:landing.intended' }))).toBe('SIGKILL')
  const mine = [commit(root, { 'b.txt': 'mine\n' })]
  expect(await endOf(startVictim(root, { die: 'before:landing.voided' }))).toBe('SIGKILL')
  expect(await endOf(startVictim(root, { die: 'after:landing.voided' }))).toBe('SIGKILL')
  s = await openStation(repo, home)
  await s.train.recover()
  await settle(s)
  expect(await violations(root, s.stateDir, s.journal, { good: ['one'], mine })).toEqual([])
  expect(sh(root, 'rev-parse', 'main^1')).toBe(mine[0])
})

/** A train that is killed together with its git, when git has written the first of the files. */
async function killedInTheMiddle(): Promise<Repository> {
  const repo = await repositoryWith(join(home, 'repo'), FILES)
  const { root } = repo
  const deadly = join(home, 'smudge.sh')
  write(home, {
    'smudge.sh': `#!/bin/sh\nif [ -f ${home}/pid ]; then kill -9 $(cat ${home}/pid) $PPID; fi\ncat\n`,
  })
  chmodSync(deadly, 0o755)
  sh(root, 'config', 'filter.deadly.smudge', deadly)
  commit(root, { '.gitattributes': 'm.txt filter=deadly\n' })
  const first = await openStation(repo, home)
  await enqueue(
    first,
    'one',
    branch(repo, 'one', { 'a.txt': 'A\n', 'b.txt': 'new\n', 'm.txt': 'm\n', 'z.txt': 'z\n' }),
  )
  await first.journal.close()
  const child = startVictim(root, {})
  write(home, { pid: String(child.pid) })
  expect(await endOf(child)).toBe('SIGKILL')
  rmSync(join(home, 'pid'))
  expect(existsSync(join(root, '.git/index.lock'))).toBe(true)
  expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('A\n')
  return repo
}

it('puts right what git left when both were killed in the middle of the files', async () => {
  const repo = await killedInTheMiddle()
  // Git notes first where main was, and may be killed while it does.
  writeFileSync(join(repo.root, '.git/ORIG_HEAD.lock'), '')
  s = await openStation(repo, home)
  expect((await s.train.recover()).join('\n')).toMatch(
    /removed .*index\.lock.*\n.*removed .*ORIG_HEAD\.lock.*\n.*put back 2 files/,
  )
  expect(sh(repo.root, 'status', '--porcelain')).toBe('')
  await settle(s)
  expect(await violations(repo.root, s.stateDir, s.journal, { good: ['one'], mine: [] })).toEqual([])
})

it('does not take away a lock while somebody alive may hold it', async () => {
  const repo = await killedInTheMiddle()
  const { root } = repo
  const lock = join(root, '.git/index.lock')
  s = await openStation(repo, home)
  const git = spawn('git', ['cat-file', '--batch'], {
    cwd: root,
    env: ENV,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const closed = new Promise((resolve) => git.on('close', resolve))
  git.stdin.write('HEAD\n')
  await new Promise((resolve) => git.stdout.once('data', resolve))
  await s.train.recover()
  await settle(s)
  expect(existsSync(lock)).toBe(true)
  expect((await shown(s, 'one')).why).toContain('git still works')
  git.stdin.end()
  await closed
  // Without a restart as well.
  await settle(s)
  expect(await violations(root, s.stateDir, s.journal, { good: ['one'], mine: [] })).toEqual([])
})

it('does not take away a lock that is older than its own git', async () => {
  const repo = await killedInTheMiddle()
  utimesSync(join(repo.root, '.git/index.lock'), 1, 1)
  s = await openStation(repo, home)
  await s.train.recover()
  await settle(s)
  expect(existsSync(join(repo.root, '.git/index.lock'))).toBe(true)
  expect(await shown(s, 'one')).toMatchObject({ state: 'blocked' })
})

it('leaves a lock alone that is not its own', async () => {
  const repo = await repositoryWith(join(home, 'repo'), FILES)
  s = await openStation(repo, home)
  await enqueue(s, 'one', branch(repo, 'one', { 'one.txt': '1\n' }))
  while ((await shown(s, 'one')).state !== 'testing') await s.train.tick()
  write(repo.root, { '.git/index.lock': '' })
  await s.train.recover()
  await settle(s)
  await s.train.recover()
  expect(await shown(s, 'one')).toMatchObject({ state: 'blocked' })
  expect(existsSync(join(repo.root, '.git/index.lock'))).toBe(true)
})

/** What crashes and lost journals leave: found by identity, shown, removed only as shown, never with work in it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn as spawnPty } from '@lydell/node-pty'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { pathsFrom, type Paths } from '../../src/platform/paths.ts'
import { startTimeOf } from '../../src/platform/processes.ts'
import type { DoctorView, Leftover, Outputs, SessionView } from '../../src/protocol/api.ts'
import { BIN, createWorld, writeFiles, type World } from '../fixtures/world.ts'

let world: World
let paths: Paths
beforeEach(async () => {
  world = await createWorld()
  paths = pathsFrom(world.env)
})
afterEach(async () => {
  await world.close()
})

const leftovers = async (): Promise<Leftover[]> => (await world.json<DoctorView>(['doctor'])).leftovers
const clean = (ids: string[]): Promise<Outputs['clean']> =>
  world.client.call('clean', { repo: world.repo, ids })

/** A session that commits, leaves something uncommitted, and ends. */
async function works(name: string, kind = 'sealed'): Promise<SessionView> {
  const script = `echo ${name} > ${name}.txt; git add .; git commit -qm ${name}; echo late > uncommitted`
  await world.json([
    'run',
    'Work',
    '--name',
    name,
    '--kind',
    kind,
    '--check',
    'true',
    '--',
    '/bin/sh',
    '-c',
    script,
  ])
  return world.until(name, (s) => s.stage === 'handed-off', 'hands off')
}

/** A process that carries these variables and nothing else of the world's. */
async function runs(env: Record<string, string>, cwd = '/'): Promise<number> {
  const child = spawn('sleep', ['1000'], {
    env: { PATH: world.env.PATH ?? '', ...env },
    cwd,
    stdio: 'ignore',
  })
  await once(child, 'spawn')
  onTestFinished(() => void child.kill('SIGKILL'))
  return child.pid ?? 0
}

async function stopped(): Promise<void> {
  const pid = await world.supervisor()
  await world.client.call('shutdown', {})
  while (startTimeOf(pid) !== null) await new Promise((resolve) => setTimeout(resolve, 10))
}

async function journal(act: () => void): Promise<void> {
  await stopped()
  act()
  // Started again by the command.
  expect((await world.cli(['ls', '--all'])).code).toBe(0)
}

const journalFiles = () => readdirSync(paths.state).filter((name) => name.startsWith('journal.db'))

/** In a real terminal, which is where it asks. @returns everything shown */
async function inTerminal(args: string[], answers: string[]): Promise<string> {
  const terminal = spawnPty(process.execPath, [BIN, ...args], { cwd: world.repo, env: world.env, cols: 200 })
  let shown = ''
  let from = 0
  terminal.onData((data) => {
    shown += data
    const at = shown.indexOf('[y/N]', from)
    if (at < 0) return
    from = at + 5
    terminal.write(`${answers.shift() ?? 'n'}\r`)
  })
  await new Promise<void>((resolve) => terminal.onExit(() => resolve()))
  return shown
}

describe.skipIf(process.platform !== 'linux')('leftovers (Linux: reads /proc)', () => {
  test('without work: shown, not removed by a script that does not say so, removed as shown', async () => {
    const s = await works('one')
    expect(await leftovers()).toEqual([])
    const pid = await runs({ WORKTRAIN_SESSION: s.id })
    const foreign = await runs({ WORKTRAIN_SESSION: 's000000000000' })
    const lock = join(s.workspace.path, '.git/index.lock')
    writeFileSync(lock, '')
    mkdirSync(paths.sessionRun(s.id), { recursive: true })
    writeFileSync(join(paths.sessionRun(s.id), 'host.sock'), '')
    world.git(['update-ref', 'refs/worktrain/base/s0123456789ab', 'HEAD'])

    const found = await leftovers()
    expect(found.map(({ kind, work }) => [kind, work])).toEqual([
      ['process', false],
      ['session', false],
      ['directory', false],
    ])
    expect(found[0]?.what).toBe(`sleep (process ${pid})`)
    expect(found[1]?.parts).toEqual([expect.stringContaining('refs/worktrain/base/s0123456789ab')])
    // The lock is shown once nobody is there: who carries the mark may be git.
    expect((await world.cli(['doctor', '--yes'])).code).toBe(2)
    const refused = await world.cli(['doctor', '--clean'])
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('NEEDS_PERSON')])
    expect(startTimeOf(pid)).not.toBeNull()
    expect(await leftovers()).toEqual(found)

    // What has changed since it was shown is not what was agreed to.
    const other = world.git(['commit-tree', '-m', 'other', 'HEAD^{tree}'])
    world.git(['update-ref', 'refs/worktrain/base/s0123456789ab', other])
    const [changed] = await clean([found[1]?.id ?? ''])
    expect(changed).toMatchObject({ done: false, how: expect.stringContaining('has changed since') })
    expect((await leftovers()).map(({ work }) => work)).toEqual([false, true, false])
    world.git(['update-ref', 'refs/worktrain/base/s0123456789ab', 'HEAD'])

    const done = await world.cli(['doctor', '--clean', '--yes'])
    expect([done.code, done.stderr]).toEqual([0, ''])
    expect(startTimeOf(pid)).toBeNull()
    expect(startTimeOf(foreign)).not.toBeNull()
    expect(world.git(['for-each-ref', 'refs/worktrain/base/s0123456789ab'])).toBe('')
    const rest = await leftovers()
    expect(rest.map(({ kind, what }) => [kind, what])).toEqual([['lock', lock]])
    expect((await world.cli(['rm', 'one', '--discard'])).code).toBe(3)
    const json = await world.json<Outputs['clean']>(['doctor', '--clean', '--yes'])
    expect(json).toEqual([{ id: rest[0]?.id, what: lock, done: true, how: 'it was deleted' }])
    expect(await leftovers()).toEqual([])
    expect((await world.cli(['rm', 'one', '--discard'])).code).toBe(0)
  })

  test('of a lost journal: every session is offered by itself, and comes back whole', async () => {
    const [sealed, linked, gone] = [
      await works('sealed'),
      await works('linked', 'linked'),
      await works('gone'),
    ]
    expect((await world.cli(['rm', 'gone', '--discard'])).code).toBe(0)
    const orphan = world.git(['commit-tree', '-p', 'HEAD', '-m', 'pinned', 'HEAD^{tree}'])
    const pid = await runs({ WORKTRAIN_SESSION: sealed.id })
    await journal(() => {
      for (const name of journalFiles()) rmSync(join(paths.state, name))
    })
    world.git(['update-ref', 'refs/worktrain/queue/c0123456789ab', orphan])
    const before = world.git(['for-each-ref'])
    const found = await leftovers()
    expect(found.every((each) => each.work)).toBe(true)
    expect(found.map(({ kind, what }) => `${kind} ${what}`).toSorted()).toEqual(
      [
        `process sleep (process ${pid})`,
        `ref refs/worktrain/queue/c0123456789ab (${orphan.slice(0, 10)})`,
        `session gone (${gone.id})`,
        `session linked (${linked.id})`,
        `session sealed (${sealed.id})`,
      ].toSorted(),
    )
    // A script cannot remove any of it.
    const scripted = await world.cli(['doctor', '--clean', '--yes'])
    expect(scripted.stdout).toContain('5 may hold work and stay')
    expect([await leftovers(), world.git(['for-each-ref'])]).toEqual([found, before])

    // Somebody is still there: refused, with the reason, and nothing is half done.
    const id = (text: string) => found.find((each) => each.what.includes(text))?.id ?? ''
    const [busy] = await clean([id(sealed.id)])
    expect(busy).toMatchObject({ done: false, how: expect.stringContaining('is still running in it') })
    expect(world.git(['for-each-ref'])).toBe(before)

    const shown = await inTerminal(['doctor', '--clean'], ['y', 'y', 'n', 'y', 'y'])
    expect(shown).toContain('not in the journal')
    expect(startTimeOf(pid)).toBeNull()
    const left = await leftovers()
    expect(left).toHaveLength(1)
    await clean(left.map((each) => each.id))
    expect(await leftovers()).toEqual([])
    expect(existsSync(sealed.workspace.path)).toBe(false)
    for (const name of ['sealed', 'linked']) {
      const back = await world.json<SessionView>(['restore', name])
      expect(back.workspace.path).toBe(name === 'sealed' ? sealed.workspace.path : linked.workspace.path)
      expect(readFileSync(join(back.workspace.path, 'uncommitted'), 'utf8')).toBe('late\n')
      expect(world.git(['log', '-1', '--format=%s'], back.workspace.path)).toBe(name)
    }
    const trash = await world.json<SessionView[]>(['trash'])
    expect(trash.map((each) => each.name).toSorted()).toEqual(['gone', 'queue-c0123456789ab'])
    const back = await world.json<SessionView>(['restore', 'gone'])
    expect(readFileSync(join(back.workspace.path, 'uncommitted'), 'utf8')).toBe('late\n')
    expect(world.git(['show', `${back.branch}:gone.txt`])).toBe('gone')
    const queued = await world.json<SessionView>(['restore', 'queue-c0123456789ab'])
    expect(world.git(['log', '-1', '--format=%s'], queued.workspace.path)).toBe('pinned')
    world.git(['fsck', '--strict'])
  })

  test('of a journal from a backup: what was removed since is in the trash, what came back stays', async () => {
    const [one, two] = [await works('one'), await works('two')]
    expect((await world.cli(['rm', 'two', '--discard'])).code).toBe(0)
    const backup = join(world.dir, 'backup')
    await journal(() => {
      mkdirSync(backup)
      for (const name of journalFiles()) cpSync(join(paths.state, name), join(backup, name))
    })
    expect((await world.cli(['rm', 'one', '--discard'])).code).toBe(0)
    await world.json(['restore', 'two'])
    writeFiles(two.workspace.path, { since: 'the backup' })
    await journal(() => {
      for (const name of journalFiles()) rmSync(join(paths.state, name))
      for (const name of readdirSync(backup)) cpSync(join(backup, name), join(paths.state, name))
    })
    const trashed = await world.until(
      'one',
      (s) => s.trashedUntil !== null,
      'is in the trash as the disk says',
    )
    expect(existsSync(trashed.workspace.path)).toBe(false)
    await world.json(['restore', 'one'])
    expect(readFileSync(join(one.workspace.path, 'uncommitted'), 'utf8')).toBe('late\n')

    const [back, ...others] = await leftovers()
    expect(others).toEqual([])
    expect(back).toMatchObject({ kind: 'session', work: true, why: expect.stringContaining('is there') })
    await clean([back?.id ?? ''])
    expect(readFileSync(join(two.workspace.path, 'since'), 'utf8')).toBe('the backup')
    const s = (await world.json<SessionView[]>(['ls'])).find((each) => each.name === 'two')
    expect(s?.trashedUntil).toBeNull()
    expect(await leftovers()).toEqual([])
  })
})

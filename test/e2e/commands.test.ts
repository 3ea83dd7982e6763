import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChangeView, SessionView, TrainView, WhyView } from '../../src/protocol/api.ts'
import { createWorld, writeFiles, type World } from '../fixtures/world.ts'

/** Commits what it was given as a prompt, then reads lines and writes each to a file, until `bye`. */
const READER = [
  'echo ready',
  'while read -r line; do echo "got $line"; echo "$line" >> lines.txt; if [ "$line" = bye ]; then exit 0; fi; done',
].join('; ')

const sh = (script: string): string[] => ['--', '/bin/sh', '-c', script]
const commit = (file: string, text: string): string[] =>
  sh(`echo "${text}" > ${file}; git add -A; git commit -qm "${text}"`)

describe('the commands, on sessions of any program', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld()
  })
  afterEach(async () => {
    await world.close()
  })

  test('peek, send, logs, note, rename, diff, stop and resume', async () => {
    await world.json(['run', 'Read lines', '--name', 'reader', ...sh(READER)])
    await world.until('reader', (s) => s.process.state === 'running', 'runs')
    expect((await world.cli(['send', 'reader', 'hello', 'there'])).code).toBe(0)
    await eventually(() => existsSync(join(world.repo, '../shop.worktrees/reader/lines.txt')))
    expect((await world.cli(['peek', 'reader'])).stdout).toContain('got hello there')
    expect((await world.cli(['logs', 'reader'])).stdout).toContain('ready')
    await world.cli(['note', 'reader', 'look', 'at', 'this'])
    expect((await world.json<SessionView>(['rename', 'reader', 'lines'])).note).toBe('look at this')
    // An uncommitted, untracked file is part of the whole change.
    expect((await world.cli(['diff', 'lines'])).stdout).toContain('+hello there')

    const stopped = (await world.json<SessionView[] | SessionView>(['stop', 'lines'])) as SessionView
    expect([stopped].flat()[0]).toMatchObject({
      process: { state: 'exited' },
      activity: { evidence: expect.stringContaining(', as asked') as string },
    })
    await world.json(['resume', 'lines'])
    const again = await world.until(
      'lines',
      (s) => s.process.generation === 2 && s.process.state === 'running',
      'runs again',
    )
    expect(readFileSync(join(again.workspace.path, 'lines.txt'), 'utf8')).toBe('hello there\n')
  })

  test('what a program without hooks writes is counted while it runs; what only prints is no work', async () => {
    const prints = 'while sleep 0.2; do echo tick; done'
    await world.json(['run', 'Print', '--name', 'prints', ...sh(prints)])
    await world.json(['run', 'Write', '--name', 'writes', ...sh(`echo one > new.txt; ${prints}`)])
    const writes = await world.until('writes', (s) => s.work !== null, 'is counted')
    expect(writes).toMatchObject({
      lastSnapshot: null,
      work: { files: 1, added: 1, removed: 0, stale: null },
    })
    const [quiet] = await world.client.call('sessions', { repo: null, all: true })
    // Both were heard at once, and who was first is looked at first.
    expect(quiet).toMatchObject({ name: 'prints', work: null, process: { state: 'running' } })
    const events = await world.client.call('events', { after: 0, limit: 10_000 })
    const counted = events.filter(({ type }) => type === 'work.counted').map(({ id }) => id)
    expect(counted).toEqual([writes.id])
  })

  test('land, train pause and resume, update of another session, removal refused and done, restore', async () => {
    await world.json(['run', 'First', '--name', 'one', '--check', 'sh check.sh', ...commit('one.txt', 'one')])
    await world.json([
      'run',
      'Second',
      '--name',
      'two',
      '--check',
      'sh check.sh',
      ...commit('two.txt', 'two'),
    ])
    await world.until('one', (s) => s.stage === 'handed-off', 'hands off')
    await world.until('two', (s) => s.stage === 'handed-off', 'hands off')
    await world.json(['train', 'pause', 'release'])
    await world.json<ChangeView>(['land', 'one'])
    const paused = await world.json<TrainView>(['train'])
    expect(paused).toMatchObject({ paused: 'release', changes: [{ name: 'one', state: 'queued' }] })
    await world.json(['train', 'resume'])
    await world.until('one', (s) => s.stage === 'landed', 'lands')

    const told = await world.until(
      'two',
      (s) => s.merges !== null && s.merges.at > 0,
      'learns whether it merges',
    )
    expect(told.merges?.clean).toBe(true)
    await world.json(['update', 'two'])
    expect(world.git(['show', 'worktrain/two:one.txt'])).toBe('one')

    const refused = await world.cli(['rm', 'two'])
    expect(refused.code).toBe(3)
    expect(refused.stdout + refused.stderr).toContain('two')
    expect(existsSync(told.workspace.path)).toBe(true)
    expect((await world.cli(['rm', 'two', '--discard'])).code).toBe(0)
    expect((await world.cli(['trash'])).stdout).toContain('two')
    const back = await world.json<SessionView>(['restore', 'two'])
    expect(readFileSync(join(back.workspace.path, 'two.txt'), 'utf8')).toBe('two\n')
    expect(world.git(['show', 'worktrain/two:two.txt'])).toBe('two')
  })

  test('a workspace deleted by hand: its session can be removed, and restored from what was saved', async () => {
    await world.json([
      'run',
      'A',
      '--name',
      'a',
      ...sh('echo b > b.txt; git add -A; git commit -qm b; echo more > un.txt'),
    ])
    const a = await world.until('a', (s) => s.stage === 'handed-off' && s.lastSnapshot !== null, 'hands off')
    rmSync(a.workspace.path, { recursive: true })
    expect((await world.cli(['rm', 'a'])).code).toBe(3)
    expect((await world.cli(['rm', 'a', '--discard'])).code).toBe(0)
    const back = await world.json<SessionView>(['restore', 'a'])
    expect(readFileSync(join(back.workspace.path, 'b.txt'), 'utf8')).toBe('b\n')
    expect(readFileSync(join(back.workspace.path, 'un.txt'), 'utf8')).toBe('more\n')
  })

  test('a change that is green alone and red when merged is ejected with the evidence; main stays green', async () => {
    writeFiles(world.repo, {
      'check.sh': 'test "$(ls *.part 2>/dev/null | wc -l)" -lt 2 || { echo "two parts"; exit 1; }\n',
    })
    world.git(['commit', '-qam', 'Allow one part'])
    await world.json([
      'run',
      'A',
      '--name',
      'a',
      '--check',
      'sh check.sh',
      '--land',
      ...commit('a.part', 'a'),
    ])
    await world.json(['run', 'B', '--name', 'b', '--check', 'sh check.sh', ...commit('b.part', 'b')])
    await world.until('a', (s) => s.stage === 'landed', 'lands by itself')
    await world.until('b', (s) => s.stage === 'handed-off', 'hands off')
    await world.json(['land', 'b'])
    const b = await world.until(
      'b',
      (s) => s.stage === 'active' && s.attention.some((x) => x.kind === 'ejected'),
      'is ejected',
    )
    expect(b.stage).toBe('active')
    const train = await world.json<TrainView>(['train'])
    const change = train.changes.find((c) => c.name === 'b')
    expect(change).toMatchObject({ state: 'ejected', ejected: { reason: 'checks' } })
    expect(change?.checks.at(-1)?.tail).toContain('two parts')
    expect(world.git(['ls-tree', '--name-only', 'main'])).not.toContain('b.part')
    expect((await world.cli(['logs', 'b', '--checks'])).stdout).toContain('two parts')
  })

  test('set-up runs in the cell before the agent, is trusted first, and its failure is shown and can be resumed', async () => {
    writeFiles(world.repo, {
      '.worktrain.toml': 'setup = ["sh setup.sh"]\nchecks = ["sh check.sh"]\n',
      'setup.sh': 'echo prepared; test -e ready\n',
    })
    world.git(['add', '-A'])
    world.git(['commit', '-qm', 'Configure'])
    const untrusted = await world.cli(['run', 'X', '--name', 'x', ...sh('true')])
    expect(untrusted.code).toBe(3)
    expect(untrusted.stdout + untrusted.stderr).toContain('worktrain trust')
    await world.json(['trust', '--yes'])
    await world.json(['run', 'X', '--name', 'x', ...sh('cat made.txt; echo done > x.txt')])
    const failed = await world.until(
      'x',
      (s) => s.attention.some((a) => a.kind === 'setup-failed'),
      'fails to set up',
    )
    expect(failed.process.state).toBe('none')
    expect((await world.cli(['logs', 'x', '--setup'])).stdout).toContain('prepared')
    writeFileSync(join(failed.workspace.path, 'ready'), '')
    writeFileSync(join(failed.workspace.path, 'made.txt'), 'made')
    await world.json(['resume', 'x'])
    await world.until('x', (s) => s.process.state === 'exited', 'runs')
    expect((await world.cli(['logs', 'x'])).stdout).toContain('made')
    // Another content is another question.
    writeFiles(world.repo, { '.worktrain.toml': 'setup = ["sh other.sh"]\n' })
    expect((await world.cli(['run', 'Y', '--name', 'y', ...sh('true')])).code).toBe(3)
  })

  test('an upgrade of the supervisor touches no session, and the screen is still there', async () => {
    await world.json(['run', 'Read lines', '--name', 'reader', ...sh(READER)])
    const before = await world.until('reader', (s) => s.process.state === 'running', 'runs')
    await world.json(['send', 'reader', 'before'])
    await eventually(async () => (await world.cli(['peek', 'reader'])).stdout.includes('got before'))
    const pid = await world.supervisor()
    expect((await world.cli(['daemon', 'restart'])).code).toBe(0)
    expect(await world.supervisor()).not.toBe(pid)
    const after = (await world.json<WhyView>(['why', 'reader'])).session
    expect(after.process).toMatchObject({ state: 'running', pid: before.process.pid, generation: 1 })
    expect((await world.cli(['peek', 'reader'])).stdout).toContain('got before')
    await world.json(['send', 'reader', 'bye'])
    await world.until('reader', (s) => s.process.state === 'exited', 'ends')
  })

  test('a session waits for the one it names, and starts from the main that holds it', async () => {
    writeFiles(world.dir, {
      'plan.yaml': JSON.stringify({
        checks: ['sh check.sh'],
        sessions: [
          { name: 'base', goal: 'Base', land: true, command: commit('base.txt', 'base').slice(1) },
          { name: 'next', goal: 'Next', after: ['base'], command: commit('next.txt', 'next').slice(1) },
        ],
      }),
    })
    await world.json(['run', '-f', join(world.dir, 'plan.yaml')])
    const waiting = await world.until('next', (s) => s.stage !== 'planned', 'is looked at')
    expect(waiting).toMatchObject({ stage: 'waiting', waitsFor: ['base'] })
    const next = await world.until('next', (s) => s.stage === 'handed-off', 'hands off')
    expect(world.git(['show', `${next.base.oid}:base.txt`])).toBe('base')
  })
})

/** Looks until it holds. Only where the product has no event for it. */
async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never held: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

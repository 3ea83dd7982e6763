/** `train --watch` in a real terminal of 80 by 24 (tmux), and in a pipe; behind a real socket and journal. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TrainView } from '../../src/protocol/api.ts'
import type { Draft } from '../../src/protocol/events.ts'
import { WorktrainError } from '../../src/protocol/errors.ts'
import { bench, build, change, check, landing, NOW, train } from './fixtures.ts'
import type { Bench } from './fixtures.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
/** Longest wait, ms. A bound for a hanging test, not a measure. */
const PATIENCE_MS = 60_000

const QUEUED = train({ changes: [change({ name: 'api' })] })
const TESTING = train({
  builds: [build('b1', ['api'], { checks: [check({ ms: 1000 })] })],
  changes: [change({ name: 'api', state: 'testing', builds: ['b1'] })],
})
const LANDED = train({
  changes: [
    change({ name: 'api', state: 'landed', position: null, landed: { commit: 'd1b2c3d4e5f6', at: NOW } }),
  ],
  landings: [landing(['api'])],
})

let at: Bench
let view: TrainView
let output: string
beforeEach(async () => {
  view = QUEUED
  output = ''
  at = await bench({
    train: async () => view,
    trainLog: async () => {
      if (output === '') throw new WorktrainError('UNAVAILABLE', 'No check ran yet.')
      return { command: 'npm test', path: '/l', text: output, truncated: false, running: true }
    },
  })
})
afterEach(() => at.close())

/** Something happened to the train, which is as in `now` from here on. */
async function happens(now: TrainView): Promise<void> {
  view = now
  const event: Draft = {
    aggregate: 'train',
    id: 'r1',
    type: 'train.resumed',
    data: {},
    actor: { kind: 'person', via: 'test' },
    cause: 'test',
  }
  await at.journal.append([event])
}

test('in a pipe: the train, then a line for everything that changes, also after the supervisor was away', async () => {
  const child = spawn(process.execPath, [MAIN, 'train', '--watch'], {
    cwd: at.directory,
    env: { ...process.env, ...at.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const says = async (what: string): Promise<void> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    while (!text.includes(what)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`never said ${what}: ${text}`)
      await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
    }
    clearTimeout(timer)
  }
  await says('on the train (1)')
  await happens(TESTING)
  await says('npm test on api: running')
  await at.restart()
  await happens(LANDED)
  await says('landed api: main moved')
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(text).not.toContain('\u001b')
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

const tmux = spawnSync('tmux', ['-V']).status === 0
const title = tmux
  ? 'in a terminal of 80 by 24'
  : 'in a terminal of 80 by 24 (skipped: tmux is not installed)'

describe.skipIf(!tmux)(title, () => {
  const socket = `wt-train-${process.pid}`
  const run = (...args: string[]): string =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...at.env, LANG: 'C.UTF-8', TERM: 'xterm-256color' },
    })
  const screen = (): string => run('capture-pane', '-p')
  /** Looks at the terminal until it shows the text; tmux has no event for that. */
  async function shows(text: string): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS
    while (!screen().includes(text)) {
      if (Date.now() > deadline) throw new Error(`never showed ${text}:\n${screen()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return screen()
  }
  afterEach(() => void spawnSync('tmux', ['-L', socket, 'kill-server']))

  function start(): void {
    const line = `stty -g > before; ${process.execPath} ${MAIN} train --watch; echo "LEFT $?"; stty -g | cmp before - && echo SAME; exec sh`
    run('new-session', '-d', '-x', '80', '-y', '24', '-c', at.directory, `echo EARLIER; ${line}`)
  }

  test('is redrawn as things happen, with the output of the check, and leaves the terminal as it was', async () => {
    start()
    expect(await shows('on the train (1)')).not.toContain('EARLIER')
    output = Array.from({ length: 40 }, (_, n) => `ok ${n + 1}\n`).join('')
    await happens(TESTING)
    const testing = await shows('ok 40')
    expect(testing).toMatch(/A {2}main [0-9a-f]{10} \+ api/)
    expect(testing.trimEnd().split('\n')).toHaveLength(24)
    output += 'ok 41\n'
    await shows('ok 41')
    await happens(LANDED)
    const landed = await shows('api as')
    expect(landed).not.toContain('ok 41')
    run('send-keys', 'q')
    const after = await shows('SAME')
    expect(after).toContain('EARLIER')
    expect(after).toContain('LEFT 0')
  })

  test('says when the supervisor is away, goes on when it is back, and Ctrl-C ends it', async () => {
    start()
    await shows('on the train (1)')
    await at.stop()
    await shows('The supervisor is not there')
    view = LANDED
    await at.restart()
    const back = await shows('api as')
    expect(back).not.toContain('The supervisor is not there')
    run('resize-window', '-x', '60', '-y', '12')
    await shows('q quits')
    run('send-keys', 'C-c')
    expect(await shows('SAME')).toContain('LEFT 0')
  })
})

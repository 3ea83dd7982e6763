import { execFileSync, spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BIN, createWorld, type World } from '../fixtures/world.ts'

const tmux = spawnSync('tmux', ['-V']).status === 0
const title = tmux ? 'attach, in a real terminal' : 'attach (skipped: tmux is not installed)'

describe.skipIf(!tmux)(title, () => {
  let world: World
  const socket = `wt-test-${process.pid}`
  const run = (...args: string[]) =>
    execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8', env: world.env })
  /** Looks at the outer terminal until it shows the text; tmux has no event for that. */
  async function shows(text: string): Promise<void> {
    const deadline = Date.now() + 60_000
    while (!run('capture-pane', '-p').includes(text)) {
      if (Date.now() > deadline) throw new Error(`never showed ${text}:\n${run('capture-pane', '-p')}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  beforeEach(async () => {
    world = await createWorld()
  })
  afterEach(async () => {
    spawnSync('tmux', ['-L', socket, 'kill-server'])
    await world.close()
  })

  test('types into the session, leaves it running, shows the same screen again, and tells its end', async () => {
    await world.json([
      'run',
      'Read',
      '--name',
      'cat',
      '--',
      '/bin/sh',
      '-c',
      'echo ready; while read -r l; do echo "<$l>"; test "$l" != finish || exit 0; done',
    ])
    await world.until('cat', (s) => s.process.state === 'running', 'runs')
    const attach = `${process.execPath} ${BIN} attach cat; echo LEFT; exec sh`
    run('new-session', '-d', '-x', '100', '-y', '30', '-c', world.repo, attach)
    await shows('ready')
    run('send-keys', 'one', 'Enter')
    await shows('<one>')
    run('send-keys', 'C-]')
    await shows('LEFT')
    expect((await world.json<{ process: { state: string } }[]>(['ls']))[0]?.process.state).toBe('running')

    // What it prints meanwhile is on the screen when we are back.
    await world.json(['send', 'cat', 'two'])
    run('send-keys', `clear; ${process.execPath} ${BIN} attach cat; echo LEFT AGAIN`, 'Enter')
    await shows('<two>')
    run('send-keys', 'finish', 'Enter')
    await shows('LEFT AGAIN')
    await world.until('cat', (s) => s.process.state === 'exited' && s.process.exit?.code === 0, 'ends')
  })
})

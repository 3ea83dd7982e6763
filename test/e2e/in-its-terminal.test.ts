/** What a person answers and says in a session's own terminal: whatever waited for it no longer waits. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tokenOf } from '../../src/client/access.ts'
import { createClient } from '../../src/client/api.ts'
import { HostControl, HostViewer } from '../../src/client/host.ts'
import { hostToken, sessionToken } from '../../src/platform/access.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, scripted } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'

const bash = (command: string) => ({ tool: 'Bash', input: { command, description: 'Work' } })

describe.skipIf(!claude)(claudeTitle, () => {
  let model: ModelServer
  let world: World
  let viewer: HostViewer | undefined
  beforeEach(async () => {
    model = await startModelServer()
    world = await createWorld({ env: claudeEnv(model.url) })
  })
  afterEach(async () => {
    viewer?.close()
    await world.close()
    await model.close()
  })

  test('a yes to a long command, Esc, and a prompt: nothing of it waits any more', async () => {
    const goal = scripted('Ask', [
      bash('touch began; until [ -e go ]; do read -t 0.1 -r x < /dev/zero; done'),
      bash('touch second'),
      { text: 'Heard.' },
    ])
    await world.json(['run', goal, '--name', 'ask', '--permission-mode', 'manual'])
    const paths = pathsFrom(world.env)
    const asking = await world.until('ask', (s) => s.question !== null, 'asks')
    const { id } = asking
    viewer = await HostViewer.connect(
      join(paths.sessionRun(id), 'host.sock'),
      { output: () => {}, snapshot: () => {}, end: () => {}, close: () => {} },
      { token: hostToken(paths.sessionState(id)), cols: 120, rows: 40 },
    )
    const dialog = () =>
      expect.poll(async () => (await world.cli(['peek', 'ask'])).stdout).toContain('Do you want')
    await dialog()
    viewer.input(Buffer.from('\r'))
    // It runs, and ends only once it is told to: no hook tells of it until then.
    const runs = await world.until('ask', (s) => s.question === null, 'is answered')
    expect(runs.activity.state).toBe('working')
    expect(runs.attention).toEqual([])
    writeFileSync(join(asking.workspace.path, 'go'), '')

    await world.until('ask', (s) => s.question !== null, 'asks again')
    await dialog()
    // Whoever asks the host itself, whatever is known of the question: Enter would be a yes.
    const control = await HostControl.connect(join(paths.sessionRun(id), 'host.sock'), {
      token: hostToken(paths.sessionState(id)),
    })
    const given = control.request({ op: 'prompt', prompt: 'p', keys: ['Go on', '\r'] })
    await expect(given).rejects.toMatchObject({ code: 'DIALOG_OPEN' })
    control.close()
    const refused = await world.cli(['send', 'ask', 'Go on'])
    expect([refused.code, refused.stderr]).toMatchObject([3, /DIALOG_OPEN.*worktrain next/s])
    await dialog()
    viewer.input(Buffer.from('\u001b'))
    const rests = await world.until('ask', (s) => s.question === null && s.activity.state === 'idle', 'rests')
    expect(rests.attention.map(({ kind }) => kind)).not.toContain('permission')
    expect(existsSync(join(asking.workspace.path, 'second'))).toBe(false)

    const token = sessionToken(tokenOf(world.env, paths.token) ?? '', id)
    const itself = createClient({ socketPath: paths.supervisorSocket, token: () => token })
    await itself.call('tellPerson', { text: 'Which one?' })
    const says = await world.until('ask', (s) => s.attention.some((i) => i.kind === 'message'), 'says it')
    expect(says.activity.state).toBe('idle')
    viewer.input(Buffer.from('The first'))
    viewer.input(Buffer.from('\r'))
    const told = await world.until('ask', (s) => s.lastMessage === 'Heard.', 'has heard it')
    expect(told.attention.map(({ kind }) => kind)).not.toContain('message')
  })
})

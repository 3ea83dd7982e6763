/** What the person changed while they looked goes to the real agent, and can be taken over in its cell. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Outputs } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted, writeAndCommit } from '../fixtures/claude.ts'
import { createWorld, type World, writeFiles } from '../fixtures/world.ts'

describe.skipIf(!claude)(claudeTitle, () => {
  let server: ModelServer
  let world: World
  beforeEach(async () => {
    server = await startModelServer()
    world = await createWorld({ env: claudeEnv(server.url) })
  })
  afterEach(async () => {
    await world.close()
    await server.close()
  })

  test('--to-session: the prompt reaches the agent, and the command in it does what it says', async () => {
    const goal = scripted('Add a greeting', [
      ...writeAndCommit('greeting.txt', 'hello\n'),
      handoff(['greeting.txt']),
    ])
    await world.json(['run', goal, '--name', 'greet', '--permission-mode', 'bypassPermissions'])
    const idle = () =>
      world.until('greet', (s) => s.stage === 'handed-off' && s.activity.state === 'idle', 'rests')
    const { workspace } = await idle()

    await world.json(['spotlight', 'greet'])
    writeFiles(world.repo, { 'greeting.txt': 'hello, world\n', 'more.txt': 'new\n' })
    const off = await world.json<Outputs['spotlightOff']>(['spotlight', '--off', '--to-session'])
    expect(off).toMatchObject({
      ended: { how: 'back', head: { branch: 'main' } },
      edits: { files: ['greeting.txt', 'more.txt'], sent: true },
      notes: ['New files stay where they are: more.txt.'],
    })
    const seen = await world.untilEvent(
      (event) => event.type === 'prompt.seen' && event.data.text.includes('git apply'),
      'is seen by the agent',
    )
    const { text } = seen.data as { text: string }
    expect(text).toContain('in a checkout of my own, and changed it there: greeting.txt, more.txt.')
    const turnAfter = (seq: number) =>
      world.untilEvent((event) => event.type === 'turn.finished' && event.seq > seq, 'ends its turn')
    const first = await turnAfter(seen.seq)
    await world.until('greet', (s) => s.activity.state === 'idle', 'rests')

    const command = /git diff .*/.exec(text)?.[0] ?? ''
    const take = [{ tool: 'Bash', input: { command, description: 'Take over' } }, handoff([])]
    await world.json(['send', 'greet', `Do so.\n::script ${JSON.stringify(take)}`])
    await turnAfter(first.seq)
    await idle()
    const there = (name: string) => readFileSync(join(workspace.path, name), 'utf8')
    expect([there('greeting.txt'), there('more.txt')]).toEqual(['hello, world\n', 'new\n'])
  })
})

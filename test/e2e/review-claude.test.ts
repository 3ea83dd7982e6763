/** The whole way of a review with the real agent: a comment, the agent takes it up, approved, landed. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ReviewView } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted, writeAndCommit } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'

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

  test('comment on a line, sent, taken up, answered; approved as it was seen, landed', async () => {
    const goal = scripted('Add a greeting', [
      ...writeAndCommit('greeting.txt', 'top\nhelo\nbottom\n'),
      handoff(['greeting.txt'], ['npm test']),
    ])
    const run = [
      'run',
      goal,
      '--name',
      'greet',
      '--check',
      'sh check.sh',
      '--permission-mode',
      'bypassPermissions',
    ]
    await world.json(run)
    await world.until('greet', (s) => s.stage === 'handed-off' && s.activity.state === 'idle', 'hands off')

    const first = await world.cli(['review', 'greet'])
    expect(first.stdout).toContain('turn 1, brief: Add a greeting')
    // The claim beside what was seen.
    expect(first.stdout).toContain('it says it ran `npm test`; no such command was observed')
    await world.json(['comment', 'greet', 'greeting.txt:2', 'A letter is missing.'])
    // The comment stands in the prompt, and with it what the scripted model shall do.
    const note = `Please mend it.\n::script ${JSON.stringify([
      ...writeAndCommit('greeting.txt', 'first\ntop\nhello\nbottom\n'),
      {
        text: [
          'Mended.',
          '',
          '```handoff',
          'review:',
          '  - comment: c1',
          '    status: done',
          '    reply: It says hello now.',
          '```',
        ].join('\n'),
      },
    ])}`
    const sent = await world.cli(['comment', 'greet', '--send', note])
    expect([sent.code, sent.stdout]).toEqual([0, '1 comment sent to greet\n'])
    await world.untilEvent(({ type }) => type === 'review.replied', 'is answered')
    await world.until(
      'greet',
      (s) => s.stage === 'handed-off' && s.activity.state === 'idle',
      'hands off again',
    )
    const events = await world.client.call('events', { after: 0, limit: 10_000 })
    // What the agent itself was seen to take up.
    const taken = events.flatMap((event) => (event.type === 'prompt.seen' ? [event.data.text] : []))
    expect(taken.at(-1)).toContain('[c1] greeting.txt, line 2\n> helo\nA letter is missing.')

    // What was approved would be what was last looked at: it is another by now.
    const early = await world.cli(['approve', 'greet', '--land'])
    expect([early.code, early.stderr]).toEqual([3, expect.stringContaining('has changed since you looked')])
    const since = await world.json<ReviewView>(['review', 'greet', '--against', 'seen'])
    expect(since.files).toMatchObject([{ path: 'greeting.txt', turns: [2] }])
    const view = await world.json<ReviewView>(['review', 'greet'])
    expect(view.comments).toMatchObject([
      {
        id: 'c1',
        state: 'done',
        line: null,
        changed: true,
        code: ['helo'],
        replies: [{ status: 'done', text: 'It says hello now.' }],
      },
    ])
    // The report of the first turn still stands.
    expect(view.handoff?.claims).toMatchObject({ filesChanged: ['greeting.txt'] })
    expect(view.files[0]?.hunks[0]?.lines.map(({ text, turn }) => [text, turn])).toEqual([
      ['first', 2],
      ['top', 1],
      ['hello', 2],
      ['bottom', 1],
    ])
    const shown = await world.cli(['review', 'greet'])
    expect(shown.stdout).toContain('● c1 the agent says it is done, outdated: line 2 was "helo"')
    const landed = await world.cli(['approve', 'greet', '--land', '--wait'])
    expect([landed.code, landed.stderr]).toEqual([0, ''])
    expect(world.git(['show', 'main:greeting.txt'])).toBe('first\ntop\nhello\nbottom')
  })

  test('rejected with a reason: it goes on, and the approval it had is void', async () => {
    const goal = scripted('Add a file', [...writeAndCommit('a.txt', 'a\n'), handoff(['a.txt'])])
    await world.json(['run', goal, '--name', 'one', '--headless', '--permission-mode', 'bypassPermissions'])
    await world.until('one', (s) => s.stage === 'handed-off' && s.process.state === 'exited', 'hands off')
    await world.json(['approve', 'one'])
    const script = [...writeAndCommit('a.txt', 'better\n'), handoff(['a.txt'])]
    await world.json(['reject', 'one', `Not good enough.\n::script ${JSON.stringify(script)}`])
    await world.until(
      'one',
      (s) => s.stage === 'handed-off' && s.process.generation === 2 && s.process.state === 'exited',
      'hands off again',
    )
    const view = await world.json<ReviewView>(['review', 'one'])
    expect(view).toMatchObject({
      approval: null,
      rejected: { reason: expect.stringContaining('Not good enough.') },
    })
    expect(view.turns).toMatchObject([
      { from: 'brief' },
      { from: 'person', prompt: expect.stringContaining('not accepted') },
    ])
    expect(view.files[0]?.hunks[0]?.turns).toEqual([2])
    const refused = await world.cli(['land', 'one', '--approved'])
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('has not been approved')])
  })
})

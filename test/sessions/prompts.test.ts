import { describe, expect, test } from 'vitest'
import { attention as itemsOf } from '../../src/sessions/attention/find.ts'
import { isTakenUp } from '../../src/sessions/prompts.ts'
import type { Recorded } from '../../src/protocol/index.ts'
import { event, nobodyElse, observed, working } from './fixtures.ts'

const queued = (at: number, text: string, from: 'person' | 'train' = 'person') =>
  event('s1', at, 'prompt.queued', { prompt: `p${at}`, text, from })
const sent = (at: number, text: string, from: 'person' | 'train' = 'person') =>
  event('s1', at, 'prompt.sent', { prompt: `p${at}`, text, from })
const seen = (at: number, text: string, itself?: true) =>
  event('s1', at, 'prompt.seen', { text, ...(itself && { itself }) })
const exited = (at: number) =>
  event('s1', at, 'process.exited', { generation: 1, code: 0, signal: null, asked: false })
const kinds = (...more: Recorded[]) => itemsOf(working('s1', 'fix', ...more), nobodyElse).map((i) => i.kind)

describe('a prompt that was given', () => {
  test('is not known to have arrived when its process ends before it was taken up', () => {
    const lost = event('s1', 12, 'process.lost', { generation: 1, why: 'gone' })
    for (const end of [exited(12), lost]) {
      expect(kinds(sent(10, 'Go on'), end)).toContain('unconfirmed')
      expect(kinds(sent(10, 'Go on'), seen(11, 'Go on'), end)).not.toContain('unconfirmed')
    }
  })

  test('is not missed while it is on its way, and is when the terminal came to rest without it', () => {
    expect(kinds(observed('s1', 9, 'idle'), sent(10, 'Go on'))).not.toContain('unconfirmed')
    expect(kinds(sent(10, 'Go on'), observed('s1', 40, 'idle'))).toContain('unconfirmed')
    expect(kinds(sent(10, 'Go on'), seen(11, 'another one'), observed('s1', 40, 'idle'))).toContain(
      'unconfirmed',
    )
  })

  test('is no matter where an agent tells of no prompts', () => {
    const s = working('s1', 'fix', sent(10, 'Go on'), exited(12))
    expect(itemsOf(s, { ...nobodyElse, tellsPrompts: false }).map((i) => i.kind)).not.toContain('unconfirmed')
  })

  test('is sent again with one key, and said again it is one matter', () => {
    const s = working('s1', 'fix', sent(10, 'Go on'), exited(12))
    const item = itemsOf(s, nobodyElse).find(({ kind }) => kind === 'unconfirmed')
    expect(item).toMatchObject({
      why: 'not known whether this has arrived: Go on',
      since: 10,
      action: "worktrain send fix 'Go on'",
    })
    expect(item?.actions[0]).toMatchObject({ does: { call: 'send', input: { text: 'Go on' } } })
    expect(kinds(sent(10, 'Go on'), exited(12), queued(13, 'Go on'))).not.toContain('unconfirmed')
  })
})

test.for([
  ['Go on', 'Go on', true],
  ['a\tb\nc \\', 'a    b c', true],
  ['/help me', 'As text, not as a command: /help me', true],
  ['Go on', 'half a draft Go on', true],
  ['x'.repeat(9000), 'x'.repeat(4000), true],
  ['Go on', 'Stop', false],
] as const)('%j becomes %j: %s', ([given, what, same]) => {
  expect(isTakenUp(given, what)).toBe(same)
})

describe('what is said in its own terminal', () => {
  const asks = event('s1', 8, 'session.told-person', { message: 'm1', text: 'Which one?' })

  test('answers its message, as a prompt from outside does', () => {
    expect(kinds(asks)).toEqual(['message'])
    expect(kinds(asks, seen(11, 'The first'))).toEqual([])
  })

  test('is not what the train, or the agent itself, says to it', () => {
    expect(
      kinds(asks, queued(9, 'Ejected', 'train'), sent(9, 'Ejected', 'train'), seen(11, 'Ejected')),
    ).toEqual(['message'])
    expect(kinds(asks, seen(11, '<task-notification>x</task-notification>', true))).toEqual(['message'])
  })

  test('gives it more to do after its handoff, and ends what it asked for before', () => {
    const over = [
      event('s1', 7, 'session.asked-paths', { paths: ['docs/a.md'], why: 'y' }),
      event('s1', 8, 'turn.finished', { lastMessage: '', background: 0 }),
      event('s1', 9, 'session.stage', { stage: 'handed-off', why: 'reported', asks: true }),
      observed('s1', 10, 'idle'),
    ]
    expect(kinds(...over)).toEqual(['ready', 'wants-paths'])
    expect(working('s1', 'fix', ...over, seen(11, 'And the tests?'))).toMatchObject({
      stage: 'active',
      stageAsks: false,
      wanted: [],
    })
  })
})

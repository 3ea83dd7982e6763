/** What was said between a session and those who steer it. */
import { expect, test } from 'vitest'
import type { Recorded } from '../../src/protocol/events.ts'
import { conversationOf } from '../../src/web/conversation.ts'

let seq = 0
const event = (type: string, data: object): Recorded =>
  ({ seq: ++seq, at: seq * 1000, aggregate: 'session', id: 's', type, data }) as unknown as Recorded

const said = (...events: Recorded[]): string[] =>
  conversationOf(events).map((one) =>
    one.is === 'ran'
      ? `ran ${one.commands.map(({ command }) => command).join(', ')}`
      : `${one.who}: ${one.text}`,
  )

test('prompts by who gave them, each once, what the agent said, and commands together', () => {
  expect(
    said(
      event('prompt.sent', { prompt: null, text: 'Do it\n', from: 'brief' }),
      event('prompt.seen', { text: 'Do it' }),
      event('command.observed', { command: 'ls', exit: 0 }),
      event('command.observed', { command: 'make', exit: 2 }),
      event('turn.finished', { lastMessage: 'Done.\n\n```handoff\nrisks: none\n```', background: 0 }),
      event('prompt.seen', { text: 'typed by hand' }),
      event('prompt.seen', { text: 'go on', itself: true }),
      event('turn.finished', { lastMessage: '', background: 0 }),
      event('prompt.sent', { prompt: 'p', text: 'the check failed', from: 'train' }),
    ),
  ).toEqual([
    'brief: Do it',
    'ran ls, make',
    'agent: Done.',
    'terminal: typed by hand',
    'itself: go on',
    'train: the check failed',
  ])
})

test('a prompt that no agent has taken up does not hide what is typed after the turn', () => {
  expect(
    said(
      event('prompt.sent', { prompt: null, text: 'lost', from: 'person' }),
      event('turn.finished', { lastMessage: '', background: 0 }),
      event('prompt.seen', { text: 'by hand' }),
    ),
  ).toEqual(['person: lost', 'terminal: by hand'])
})

test('what it asks, and the answer', () => {
  const asks = (summary: string, questions: { question: string }[]): Recorded =>
    event('question.opened', { question: { id: 'q', summary, questions } })
  expect(
    said(
      asks('Bash: rm -rf build', []),
      event('question.settled', { id: 'q', by: 'person', answer: 'allowed' }),
      asks('asks', [{ question: 'Which?' }, { question: 'How many?' }]),
      event('question.settled', { id: 'q', by: 'ended', answer: 'its process has ended' }),
    ),
  ).toEqual(['asks: Bash: rm -rf build', 'person: allowed', 'asks: Which?\nHow many?'])
})

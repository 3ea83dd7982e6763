/** A conversation as Worktrain saw it from outside. */
import { expect, test } from 'vitest'
import type { Recorded } from '../../src/protocol/events.ts'
import { conversationsIn, observedConversation } from '../../src/sessions/conversation.ts'

let seq = 0
const event = (type: string, data: object): Recorded =>
  ({ seq: ++seq, at: seq * 1000, aggregate: 'session', id: 's', type, data }) as unknown as Recorded

const said = (...events: Recorded[]): string[] =>
  observedConversation(events).map(({ from, text, tool }) =>
    [`${from}:`, text, tool && `[${tool.name} ${tool.what} ${tool.result} ${tool.failed ?? ''}]`]
      .filter(Boolean)
      .join(' '),
  )

test('prompts by who gave them, each once, what the agent said, and commands', () => {
  expect(
    said(
      event('prompt.sent', { prompt: null, text: 'Do it\n', from: 'brief' }),
      event('prompt.seen', { text: 'Do it' }),
      event('command.observed', { command: 'ls', exit: 0 }),
      event('command.observed', { command: 'make\nall', exit: 2 }),
      event('command.observed', { command: 'sleep 9', exit: null }),
      event('turn.finished', { lastMessage: 'Done.\n\n```handoff\nrisks: none\n```', background: 0 }),
      event('prompt.seen', { text: 'typed by hand' }),
      event('prompt.seen', { text: 'go on', itself: true }),
      event('turn.finished', { lastMessage: '', background: 0 }),
      event('prompt.sent', { prompt: 'p', text: 'the check failed', from: 'train' }),
      event('prompt.sent', { prompt: 'p', text: 'main moved', from: 'supervisor' }),
    ),
  ).toEqual([
    'brief: Do it',
    'tool: [command ls exit 0 ]',
    'tool: [command make all exit 2 true]',
    'tool: [command sleep 9 its exit code is not known ]',
    'agent: Done.',
    'terminal: typed by hand',
    'itself: go on',
    'train: the check failed',
    'worktrain: main moved',
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

test('what it asks, with the answer', () => {
  const asks = (id: string, summary: string, questions: { question: string }[]): Recorded =>
    event('question.opened', { question: { id, tool: 'Bash', summary, questions } })
  expect(
    said(
      asks('a', 'Bash: rm -rf build', []),
      event('question.settled', { id: 'a', by: 'person', answer: 'allowed' }),
      asks('b', 'asks', [{ question: 'Which?' }, { question: 'How many?' }]),
    ),
  ).toEqual(['asks: Bash: rm -rf build [Bash  allowed ]', 'asks: Which?\nHow many? [Bash  undefined ]'])
})

test('texts are bounded, and conversations are known in their order, the present one last', () => {
  const [entry] = observedConversation([
    event('prompt.sent', { prompt: 'p', text: 'x'.repeat(20_000), from: 'person' }),
  ])
  expect(entry?.text).toHaveLength(8000)
  expect(
    conversationsIn([
      event('process.launching', { conversation: 'a' }),
      event('conversation.changed', { id: 'b', transcript: null }),
      event('process.launching', { conversation: null }),
      event('conversation.changed', { id: 'a', transcript: null }),
    ]),
  ).toEqual(['b', 'a'])
})

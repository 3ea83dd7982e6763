/** What the person allowed stands beside the tool that was asked for, and nowhere else. */
import { expect, test } from 'vitest'
import type { ConversationEntry } from '../../src/protocol/conversation.ts'
import type { Question } from '../../src/protocol/index.ts'
import { withPermissions } from '../../src/sessions/permitted.ts'
import { event } from './fixtures.ts'

const used = (at: number, name: string, what: string): ConversationEntry => ({
  ...{ place: at, at, from: 'tool', text: '' },
  tool: { name, what },
})
const asks = (id: string, openedAt: number, tool: string, summary: string, more: Partial<Question> = {}) =>
  event('s1', openedAt, 'question.opened', {
    question: { ...{ id, kind: 'permission', tool, summary, input: {}, questions: [], openedAt }, ...more },
  })
const settled = (id: string, at: number, answer: string, by: 'person' | 'terminal' | 'ended' = 'person') =>
  event('s1', at, 'question.settled', { id, by, answer })
const permissions = (entries: ConversationEntry[], ...events: ReturnType<typeof asks>[]) =>
  withPermissions(entries, events, '/w/fix').map(({ tool }) => tool?.permission?.answer ?? null)

test('each is at its tool: by name, by what it was called with, and by its time', () => {
  const entries = [
    used(1000, 'Bash', 'npm test'),
    used(50_000, 'Bash', 'npm test'),
    used(50_000, 'Bash', 'npm run build'),
    used(90_000, 'Write', 'src/a.ts'),
  ]
  expect(
    permissions(
      entries,
      asks('q1', 50_200, 'Bash', 'Bash: npm run build'),
      asks('q2', 50_201, 'Bash', 'Bash: npm test'),
      settled('q2', 60_000, 'allowed'),
      settled('q1', 61_000, 'denied: not now'),
      asks('q3', 90_100, 'Write', 'Write: /w/fix/src/a.ts'),
      settled('q3', 95_000, 'in the terminal', 'terminal'),
    ),
  ).toEqual([null, 'allowed', 'denied: not now', 'in the terminal'])
})

test('what a subagent asked, what nobody answered, and what is no permission is at no tool', () => {
  const entries = [used(1000, 'Bash', 'npm test'), used(30_000, 'Bash', 'make'), used(40_000, 'Ask', 'a')]
  expect(
    permissions(
      entries,
      // Long after: another's, who runs the same.
      asks('q1', 20_000, 'Bash', 'Bash: npm test'),
      settled('q1', 21_000, 'allowed'),
      asks('q2', 30_100, 'Bash', 'Bash: make'),
      settled('q2', 31_000, 'ended', 'ended'),
      asks('q3', 40_100, 'Ask', 'Ask: a', { kind: 'question' }),
      settled('q3', 41_000, 'chose b'),
    ),
  ).toEqual([null, null, null])
})

test('a command too long to be told whole is known by its beginning', () => {
  const long = `echo ${'x'.repeat(400)}`
  const clipped = `Bash: ${long}`.slice(0, 199)
  const events = [asks('q', 1100, 'Bash', `${clipped}\u2026`), settled('q', 2000, 'allowed')]
  expect(permissions([used(1000, 'Bash', long.slice(0, 299))], ...events)).toEqual(['allowed'])
})

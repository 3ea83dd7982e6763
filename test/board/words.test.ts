/** What a board says a session does: never that it is idle when its work waits for the person. */
import { expect, test } from 'vitest'
import type { SessionView } from '../../src/protocol/api.ts'
import { costOf, doing } from '../../src/board/words.ts'

const idle = { state: 'idle', source: 'hook', at: 0, evidence: '' }
const attention = [{ kind: 'done' }]
const question = { kind: 'plan' }
const takenBack = { change: 'c', name: 'n', commit: 'o', at: 0 }

test.each<[string, object]>([
  ['idle', {}],
  ['turn done', { attention }],
  ['handed off', { stage: 'handed-off', attention: [{ kind: 'ready' }] }],
  ['has a plan', { question, attention }],
  ['working', { activity: { ...idle, state: 'working' }, attention }],
  ['ended', { process: { state: 'exited' }, activity: { ...idle, state: 'working' } }],
  ['interrupted', { process: { state: 'lost' } }],
  ['on the train', { stage: 'on-train' }],
  ['landed', { stage: 'landed' }],
  ['taken back', { stage: 'landed', takenBack }],
])('%s', (said, change) => {
  const session = {
    ...{ stage: 'active', process: { state: 'running' }, activity: idle },
    ...{ attention: [], question: null, takenBack: null, ...change },
  }
  expect(doing(session as unknown as SessionView)).toBe(said)
})

test('what it cost is what its agent says: in its records, else in its status line', () => {
  const cost = (usage: object | null): number | null => costOf({ usage } as Pick<SessionView, 'usage'>)
  expect(cost({ costUsd: 2, told: { costUsd: 1 } })).toBe(2)
  expect(cost({ costUsd: null, told: { costUsd: 1 } })).toBe(1)
  expect(cost({ costUsd: null })).toBeNull()
  expect(cost(null)).toBeNull()
})

/** What a board says a session does: never that it is idle when its work waits for the person. */
import { expect, test } from 'vitest'
import type { SessionView } from '../../src/protocol/api.ts'
import { costOf, doing, seenDoing } from '../../src/board/words.ts'

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

test.each<[string, object, number]>([
  ['of what its process does, by that', {}, 5],
  ['of its stage, by that, however long ago its process ended', { stage: 'landed' }, 90],
  ['of what it asks, by that', { stage: 'on-train', question }, 5],
  ['of its undo, by that', { stage: 'landed', takenBack: { ...takenBack, at: 120 } }, 120],
])('a word is as old as what was seen: %s', (_of, change, at) => {
  const session = {
    ...{ stage: 'active', stageAt: 90, activity: { ...idle, at: 5 } },
    ...{ question: null, takenBack: null, ...change },
  }
  expect(seenDoing(session as unknown as SessionView)).toBe(at)
})

test('what it cost is what its agent says: in its records, else in its status line', () => {
  const cost = (usage: object | null): number | null => costOf({ usage } as Pick<SessionView, 'usage'>)
  expect(cost({ costUsd: 2, told: { costUsd: 1 } })).toBe(2)
  expect(cost({ costUsd: null, told: { costUsd: 1 } })).toBe(1)
  expect(cost({ costUsd: null })).toBeNull()
  expect(cost(null)).toBeNull()
})

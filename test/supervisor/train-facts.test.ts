import { expect, test } from 'vitest'
import type { ChangeView } from '../../src/protocol/api.ts'
import { onTrain } from '../../src/supervisor/train-facts.ts'

const change = (session: string | null, position: number | null) =>
  ({ session, position, why: `place ${position}`, queuedAt: position ?? 0 }) as ChangeView
const changes = [change('old', null), change('second', 2), change(null, 1), change('third', 3)]

test('each session on the train hears where it is, and the first why it does not move', () => {
  const blocked = onTrain({ paused: null, stuck: 'your checkout has files in the way', changes })
  expect([...blocked.keys()]).toEqual(['second', 'third'])
  expect(blocked.get('second')).toEqual({
    why: 'place 2',
    stuck: {
      why: 'the train waits: your checkout has files in the way',
      action: 'worktrain train',
      since: 2,
    },
  })
  expect(blocked.get('third')).toEqual({ why: 'place 3', stuck: null })
})

test('a pause is ended by the person, and a train that moves asks for nobody', () => {
  const paused = onTrain({ paused: 'main is red', stuck: 'paused: main is red', changes })
  expect(paused.get('second')?.stuck).toMatchObject({
    why: 'the train waits: main is red',
    action: 'worktrain train resume',
  })
  const moving = onTrain({ paused: null, stuck: null, changes })
  expect([...moving.values()].every(({ stuck }) => stuck === null)).toBe(true)
})

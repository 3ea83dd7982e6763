import { expect, test } from 'vitest'
import type { ChangeView, TrainView } from '../../src/protocol/api.ts'
import { factsOf } from '../../src/supervisor/trains/facts.ts'
import { change as changeView, train } from '../cli/fixtures.ts'

const repository = { id: 'r1', root: '/r' }
const change = (session: string | null, position: number | null, more: Partial<ChangeView> = {}) =>
  changeView({
    ...{ id: `c-${session}`, name: `n-${session}`, session, position },
    ...{ why: `place ${position}`, queuedAt: position ?? 0, state: 'queued', ...more },
  })
const changes = [
  change('old', null, { state: 'landed' }),
  change(null, 1),
  change('second', 2),
  change('third', 3),
]
const facts = (more: Partial<TrainView>) =>
  factsOf(train({ changes, ...more }), repository, new Set(), 'claude', 100)

test('each session on the train hears where it is, and the first why it does not move', () => {
  const { where, item } = facts({ stuck: 'your checkout has files in the way' })
  expect([...where]).toEqual([
    ['second', 'place 2'],
    ['third', 'place 3'],
  ])
  expect(item).toMatchObject({
    kind: 'train-waiting',
    session: { id: 'second' },
    why: 'your checkout has files in the way',
    action: 'worktrain train',
    since: 1,
    age: 99,
    blocks: { sessions: [], train: 3 },
  })
})

test('who stopped it says what it is', () => {
  const main = { commit: 'm', green: false }
  expect(facts({ paused: 'main is red', stoppedAt: 40, main }).item).toMatchObject({
    kind: 'train-red',
    action: 'worktrain train resume',
    since: 40,
  })
  expect(facts({ paused: 'lunch', stoppedAt: 40 }).item?.kind).toBe('train-paused')
  const blocked = [change('second', 1, { state: 'blocked' })]
  const item = facts({ changes: blocked, stuck: 'a.txt is in the way', stoppedAt: 50 }).item
  expect(item).toMatchObject({ kind: 'train-blocked', since: 50 })
  expect(item?.actions.map(({ does }) => ('call' in does ? does.call : does.show))).toEqual([
    'train',
    'trainHold',
  ])
})

test('a train without changes that nobody paused has nothing to tell, whatever else is so', () => {
  const over = [change('old', null, { state: 'landed' }), change('gone', null, { state: 'withdrawn' })]
  for (const green of [true, false, null])
    for (const stuck of [null, 'the target is not there'])
      expect(facts({ changes: over, paused: null, stuck, main: { commit: 'm', green } })).toEqual({
        where: new Map(),
        item: null,
        orphans: [],
      })
})

test('a train that moves, or has nothing to do, asks for nobody; a red target does', () => {
  expect(facts({}).item).toBe(null)
  expect(facts({ changes: [], paused: 'lunch' }).item).toBe(null)
  const red = facts({ changes: [], paused: 'main is red', main: { commit: 'm', green: false } })
  expect(red.item).toMatchObject({ kind: 'train-red', session: null })
})

test('an ejected change of nobody waits for the person, unless it is being repaired', () => {
  const ejected = change(null, null, { id: 'c9', state: 'ejected', ejections: 1 })
  const of = (repairing: string[], mender: string | null = 'claude') =>
    factsOf(train({ changes: [ejected] }), repository, new Set(repairing), mender, 100).orphans
  expect(of([])).toMatchObject([{ kind: 'ejected', session: null, actions: [{ key: 'R' }, { key: 'r' }] }])
  expect(of(['c9'])).toEqual([])
  expect(of([], null)).toMatchObject([{ actions: [{ key: 'r' }], action: 'worktrain train retry n-null' }])
})

import { expect, test } from 'vitest'
import type { AttentionItem } from '../../src/protocol/attention.ts'
import { chosenForWatching, nextPage, shownOn } from '../../src/web/round.ts'

const item = (kind: AttentionItem['kind'], session: string | null): AttentionItem => ({
  ...{ id: `${kind}.${session}`, kind, session: session === null ? null : { id: session, name: session } },
  ...{ repository: { id: 'r', root: '/r' }, why: '', since: 0, age: 0, action: '', actions: [] },
  blocks: { sessions: [], train: 0 },
})

test('the round goes by the order of what waits, and finished work is reviewed', () => {
  const items = [item('permission', 'a'), item('conflict', 'a'), item('ready', 'b'), item('train-red', null)]
  expect(nextPage({ items }, null)).toEqual({ page: 'session', id: 'a' })
  expect(nextPage({ items }, 'a')).toEqual({ page: 'session', id: 'b', view: 'Review' })
  expect(nextPage({ items }, 'b')).toEqual({ page: 'train', repo: '/r' })
  expect(nextPage({ items }, 'elsewhere')).toEqual({ page: 'session', id: 'a' })
  expect(nextPage({ items: items.slice(0, 2) }, 'a')).toEqual({ page: 'board' })
  expect(nextPage({ items: [items[0]!, items[2]!] }, 'b')).toEqual({ page: 'session', id: 'a' })
  expect(nextPage({ items: [] }, null)).toEqual({ page: 'board' })
})

test('the board shows every item once whose row is in sight, a session its own, other pages none', () => {
  const items = [
    ...[item('ready', 'a'), item('ready', 'a'), item('permission', 'b')],
    ...[item('train-red', null), item('ejected', null)],
  ]
  const inSight = (row: string): boolean => ['a', 'ejected.null'].includes(row)
  expect(shownOn({ page: 'board' }, items, inSight)).toEqual({
    items: ['ready.a', 'ejected.null'],
    sessions: [],
  })
  expect(shownOn({ page: 'session', id: 'a' }, items, inSight)).toEqual({ items: [], sessions: ['a'] })
  expect(shownOn({ page: 'new' }, items, inSight)).toEqual({ items: [], sessions: [] })
})

test('side by side are at first those that the person pinned, then as the board has them, never more than four', () => {
  const live = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, pinned: id === 'e' }))
  expect(chosenForWatching(live).map(({ id }) => id)).toEqual(['e', 'a', 'b', 'c'])
  expect(chosenForWatching([])).toEqual([])
  expect(shownOn({ page: 'terminals', of: ['a', 'b'] }, [], () => true)).toEqual({
    items: [],
    sessions: ['a', 'b'],
  })
})

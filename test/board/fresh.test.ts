import { expect, test } from 'vitest'
import { withFresh } from '../../src/board/fresh.ts'
import type { AttentionItem, SessionView } from '../../src/protocol/api.ts'
import { NOW, session } from '../cli/fixtures.ts'
import { asking } from '../tui/fixtures.ts'

/** What the supervisor answers: these sessions, and what waits in all. */
const answer = (sessions: SessionView[], items: AttentionItem[] = sessions.flatMap((s) => s.attention)) => ({
  ...{ head: 9, sessions },
  attention: { items, places: items.map(() => ''), reviews: [] },
})
const named = (name: string, facts: Partial<SessionView> = {}) => session({ name, id: name, ...facts })

test('a fresh session takes its place, a new one comes last, what is open no longer goes', () => {
  const known = ['a', 'b', 'c'].map((name) => named(name))
  const now = withFresh(known, ['b', 'c', 'd'], answer([named('b', { note: 'new' }), named('d')]))
  expect(now.map(({ name, note }) => `${name} ${note}`)).toEqual(['a ', 'b new', 'd '])
})

test('of all that was asked for it is what was answered, in its order', () => {
  const known = [named('b'), named('gone'), named('a')]
  const now = withFresh(known, null, answer([named('a'), named('b', { note: 'new' })]))
  expect(now.map(({ name, note }) => `${name} ${note}`)).toEqual(['a ', 'b new'])
})

test('what has not changed is the same object, whoever asked for it', () => {
  const known = [named('a'), asking('b', { since: NOW })]
  for (const asked of [null, ['a', 'b'], []] as const) {
    const again = structuredClone(known)
    const now = withFresh(known, asked, answer(asked?.length === 0 ? [] : again, again[1]?.attention))
    expect(now.map((each, i) => each === known[i])).toEqual([true, true])
  }
})

test('what one session holds up by another changes with the list, not only with its own events', () => {
  const known = [asking('a'), session({ name: 'b' })]
  const changed = asking('a', { why: 'another reason' }).attention
  const now = withFresh(known, [], answer([], [...changed, ...asking('c').attention]))
  expect(now[0]?.attention).toMatchObject([{ why: 'another reason' }])
  expect(now[1]).toBe(known[1])
  expect(withFresh(known, [], answer([]))[0]?.attention).toEqual([])
})

test('what is most urgent in a session stays first, whatever holds up most', () => {
  const one = asking('a', { id: 'urgent', since: NOW })
  const two = { ...asking('a', { id: 'older', since: NOW - 9 }).attention[0]! }
  const known = [{ ...one, attention: [...one.attention, two] }]
  const now = withFresh(known, [], answer([], known[0]?.attention.toReversed()))
  expect(now[0]?.attention.map(({ id }) => id)).toEqual(['urgent', 'older'])
})

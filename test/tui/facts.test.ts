import { expect, test } from 'vitest'
import { withSessions } from '../../src/tui/facts.ts'
import type { Happening } from '../../src/tui/step.ts'
import { NOW, session } from '../cli/fixtures.ts'
import { asking, factsOf } from './fixtures.ts'

const known = (...sessions: Parameters<typeof factsOf>[0]) =>
  factsOf(sessions) as Extract<Happening, { of: 'facts' }>

test('one session is another, the rest stays as it is known', () => {
  const before = known(session({ name: 'a' }), session({ name: 'b' }))
  const after = withSessions(before, [session({ name: 'b', note: 'new' })])
  expect(after?.sessions.map(({ name, note }) => [name, note])).toEqual([
    ['a', ''],
    ['b', 'new'],
  ])
})

test('what one session holds up by another changes with the list, not only with its own events', () => {
  const before = known(asking('a'), session({ name: 'b' }))
  const { items } = known(asking('a', { why: 'another reason' }), asking('c')).attention
  const after = withSessions({ ...before, attention: { ...before.attention, items } }, [])
  expect(after?.sessions[0]?.attention).toMatchObject([{ why: 'another reason' }])
  const settled = withSessions({ ...before, attention: { ...before.attention, items: [] } }, [])
  expect(settled?.sessions[0]?.attention).toEqual([])
})

test('what is most urgent in a session stays first, whatever holds up most', () => {
  const one = asking('a', { id: 'urgent', since: NOW })
  const two = { ...asking('a', { id: 'older', since: NOW - 9 }).attention[0]! }
  const before = known({ ...one, attention: [...one.attention, two] })
  const items = before.attention.items.toReversed()
  const after = withSessions({ ...before, attention: { ...before.attention, items } }, [])
  expect(after?.sessions[0]?.attention.map(({ id }) => id)).toEqual(['urgent', 'older'])
})

test('a removed one goes; of a new one it is not known whether it belongs here', () => {
  const before = known(session({ name: 'a' }))
  expect(withSessions(before, [session({ name: 'a', trashedUntil: NOW })])?.sessions).toEqual([])
  expect(withSessions(before, [session({ name: 'new' })])).toBeNull()
})

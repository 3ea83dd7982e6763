import { expect, test } from 'vitest'
import type { SessionView } from '../../src/protocol/api.ts'
import { otherThingsWait, withFresh } from '../../src/board/fresh.ts'

const session = (id: string, facts: Partial<SessionView> = {}) =>
  ({ id, trashedUntil: null, stage: 'active', ...facts }) as SessionView

test('a fresh session takes its place, a new one comes last, what was removed goes', () => {
  const known = ['a', 'b', 'c'].map((id) => session(id))
  const fresh = [session('b', { note: 'new' }), session('d'), session('c', { trashedUntil: 5 })]
  const now = withFresh(known, fresh)
  expect(now.map(({ id, note }) => `${id} ${note ?? ''}`)).toEqual(['a ', 'b new', 'd '])
  // What has not changed is the same object.
  expect(now[0]).toBe(known[0])
  expect(withFresh(now, [session('d', { stage: 'discarded' })]).map(({ id }) => id)).toEqual(['a', 'b'])
})

test('another thing waits when it is new, gone, or of a session that was not known', () => {
  const waits = (id: string, ...items: string[]) =>
    session(id, { attention: items.map((item) => ({ id: item })) as SessionView['attention'] })
  const known = [waits('a', 'x'), waits('b')]
  expect(otherThingsWait(known, [waits('a', 'x'), waits('b')])).toBe(false)
  expect(otherThingsWait(known, [waits('b', 'y')])).toBe(true)
  expect(otherThingsWait(known, [waits('a')])).toBe(true)
  expect(otherThingsWait(known, [waits('c')])).toBe(false)
  expect(otherThingsWait(known, [waits('c', 'z')])).toBe(true)
})

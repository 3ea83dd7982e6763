import { expect, test } from 'vitest'
import { isMarked, markOf, withMark } from '../../src/board/marks.ts'
import type { Recorded } from '../../src/protocol/events.ts'
import type { ReviewView } from '../../src/protocol/review.ts'

const view = { marks: ['a'] } as unknown as ReviewView

test('a mark is of one change, comes once, and goes', () => {
  expect(isMarked(view, { change: 'a' })).toBe(true)
  expect(isMarked(view, { change: 'b' })).toBe(false)
  expect(withMark(view, 'b', true).marks).toEqual(['a', 'b'])
  expect(withMark(view, 'a', true)).toBe(view)
  expect(withMark(view, 'a', false).marks).toEqual([])
})

test('events of marks alone tell of marks', () => {
  const event = (type: string): Recorded =>
    ({ type, data: { path: 'p', change: 'a' } }) as unknown as Recorded
  expect(markOf(event('review.marked'))).toEqual({ change: 'a', marked: true })
  expect(markOf(event('review.unmarked'))).toEqual({ change: 'a', marked: false })
  expect(markOf(event('review.seen'))).toBeNull()
})

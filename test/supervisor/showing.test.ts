import { expect, test } from 'vitest'
import { Showing } from '../../src/supervisor/seat/showing.ts'

const item = (id: string, session: string | null = null) => ({
  id,
  session: session === null ? null : { id: session, name: session },
})

test('what a client shows counts while it says so, and half a minute longer', () => {
  const showing = new Showing()
  const shown = (now: number) => ['a', 'b', 'c'].filter((id) => showing.shows(item(id), now)).join('')
  showing.says('board', { items: ['a', 'b'], sessions: [] }, 0)
  showing.says('next', { items: ['b', 'c'], sessions: [] }, 1000)
  expect(shown(2000)).toBe('abc')
  showing.says('next', { items: [], sessions: [] }, 3000)
  expect(shown(3000)).toBe('ab')
  showing.says('board', { items: ['a'], sessions: [] }, 20_000)
  expect(shown(49_000)).toBe('a')
  expect(shown(50_000)).toBe('')
})

test('an attached terminal shows whatever comes of its session', () => {
  const showing = new Showing()
  showing.says('attach', { items: [], sessions: ['s1'] }, 0)
  expect(showing.shows(item('new', 's1'), 1)).toBe(true)
  expect(showing.shows(item('new', 's2'), 1)).toBe(false)
  expect(showing.shows(item('train'), 1)).toBe(false)
})

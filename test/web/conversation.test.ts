/** What a page holds of a conversation while it goes on, and while the person reads what was before. */
import { expect, test } from 'vitest'
import type { ConversationEntry, ConversationView } from '../../src/protocol/conversation.ts'
import { PAGE, wantedOf, withEarlier, withNewest } from '../../src/web/conversation.ts'
import type { Held } from '../../src/web/conversation.ts'

/** A page of a conversation: entries from one place up to another. */
const page = (from: number, to: number, of = 'c', before = from > 0): ConversationView => ({
  ...{ source: 'agent', of, why: null, earlier: before ? { of, place: from } : null },
  entries: Array.from({ length: to - from }, (_, i) => ({
    ...{ place: from + i, at: null, from: 'agent', text: `${from + i}` },
  })),
})
const places = ({ entries }: Held): number[] => entries.map(({ place }) => place)
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

test('what comes is added without a gap, also after earlier pages were asked for', () => {
  let held = withNewest(null, page(50, 60), false)
  held = withEarlier(held, held.earlier, page(40, 50))
  held = withNewest(held, page(55, 65), false)
  expect(places(held)).toEqual(range(40, 65))
  expect(held.earlier).toEqual({ of: 'c', place: 40 })
  // So much came meanwhile that something would be missing: it begins anew.
  held = withNewest(held, page(80, 90), false)
  expect(places(held)).toEqual(range(80, 90))
  expect(held.earlier).toEqual({ of: 'c', place: 80 })
})

test('another conversation begins anew; what was asked for before it comes too late', () => {
  const old = withNewest(null, page(50, 60), false)
  const held = withNewest(old, page(0, 2, 'd', false), false)
  expect(places(held)).toEqual([0, 1])
  expect(held.earlier).toBeNull()
  expect(withEarlier(held, old.earlier, page(40, 50))).toBe(held)
})

test('whoever follows holds the newest alone, whoever reads loses nothing', () => {
  const held = withNewest(null, page(0, 450), false)
  expect(places(withNewest(held, page(440, 460), false))).toEqual(range(0, 460))
  const followed = withNewest(held, page(440, 460), true)
  expect(places(followed)).toEqual(range(60, 460))
  expect(followed.earlier).toEqual({ of: 'c', place: 60 })
})

test('a tool of which nothing has come yet is asked for again', () => {
  expect(wantedOf(null)).toBe(PAGE)
  const view = page(0, 150, 'c', false)
  const tool: ConversationEntry = {
    place: 30,
    at: null,
    from: 'tool',
    text: '',
    tool: { name: 'B', what: '' },
  }
  view.entries[30] = tool
  expect(wantedOf(withNewest(null, view, false))).toBe(120)
  view.entries[30] = { ...tool, tool: { name: 'B', what: '', result: '' } }
  expect(wantedOf(withNewest(null, view, false))).toBe(PAGE)
})

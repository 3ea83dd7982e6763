import { expect, test } from 'vitest'
import { aimedAt, stillTyping } from '../../src/web/aim.ts'

const first = aimedAt(null, 'one', -Infinity, 1000)

test('a key is not meant for what has just come in the place of something else', () => {
  expect(first.deafUntil).toBe(0)
  // Settled elsewhere at 5000, and the next one at once.
  expect(aimedAt({ ...first, until: 5000 }, 'two', 1000, 5010).deafUntil).toBe(5410)
  // Long after it had gone there is nothing a key could have been meant for.
  expect(aimedAt({ ...first, until: 5000 }, 'two', 1000, 5400).deafUntil).toBe(0)
})

test('but it is when the person settled the one before, went on by themselves, or it is the same one drawn anew', () => {
  expect(aimedAt({ ...first, until: 5000, used: true }, 'two', 1000, 5010).deafUntil).toBe(0)
  expect(aimedAt({ ...first, until: 5000 }, 'two', 4990, 5010).deafUntil).toBe(0)
  expect(aimedAt({ ...first, until: 5000 }, 'one', 1000, 5010).deafUntil).toBe(0)
})

test('who types goes on typing when the field goes away, until they pause', () => {
  const field = { isConnected: false }
  const typed = { field, at: 1000, inVain: false }
  expect(stillTyping(typed, 10_999)).toBe(true)
  expect(stillTyping(typed, 11_000)).toBe(false)
  const inVain = { ...typed, inVain: true }
  expect(stillTyping(inVain, 1999)).toBe(true)
  expect(stillTyping(inVain, 2000)).toBe(false)
  expect(stillTyping({ ...typed, field: { isConnected: true } }, 1001)).toBe(false)
})

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
  const gone = { isConnected: false }
  expect(stillTyping(gone, 1000, 1999)).toBe(true)
  expect(stillTyping(gone, 1000, 2000)).toBe(false)
  expect(stillTyping({ isConnected: true }, 1000, 1001)).toBe(false)
})

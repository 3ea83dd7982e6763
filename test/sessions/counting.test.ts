/** When work is counted while a session works: soon, seldom, one at a time, and never for nothing. */
import { expect, test } from 'vitest'
import { nextLook } from '../../src/sessions/counting.ts'

const touched = (id: string, since: number, looked: number | null = null) => ({ id, since, looked })

test('nobody is looked at while nothing has changed', () => {
  expect(nextLook([], null, 5000)).toBeNull()
})

test('the first change is looked at in a second, further ones of the session every fifteen', () => {
  expect(nextLook([touched('a', 5000)], null, 5000)).toEqual({ id: 'a', wait: 1000 })
  expect(nextLook([touched('a', 8000, 6000)], null, 8000)).toEqual({ id: 'a', wait: 13_000 })
  expect(nextLook([touched('a', 40_000, 6000)], null, 40_000)).toEqual({ id: 'a', wait: 1000 })
  expect(nextLook([touched('a', 5000)], null, 9000)).toEqual({ id: 'a', wait: 0 })
})

test('who has been due longest is first', () => {
  const all = [touched('late', 4000), touched('often', 1000, 2000), touched('first', 3000)]
  expect(nextLook(all, null, 20_000)?.id).toBe('first')
})

test('all looks together take a fifth of the time', () => {
  const all = Array.from({ length: 64 }, (_, i) => touched(`s${i}`, 0))
  let [now, worked, last] = [0, 0, null as { ended: number; took: number } | null]
  for (let looks = 0; looks < 64; looks++) {
    const next = nextLook(all.slice(looks), last, now)
    now += (next?.wait ?? 0) + 300
    worked += 300
    last = { ended: now, took: 300 }
  }
  expect(worked / (now + 4 * 300)).toBeLessThanOrEqual(0.2)
  expect(now).toBeLessThan(64 * 1500 + 1000)
})

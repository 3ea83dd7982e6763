import { expect, it } from 'vitest'
import { soakTrain } from '../soak/train.ts'

/** `npm run soak:train` goes on for a thousand kills. */
it('survives 10 kills at random moments while the person works on main and steers', async () => {
  const result = await soakTrain({ kills: 10, seed: 4 })
  expect(result.violations).toEqual([])
  expect(result.kills).toBe(10)
  expect(result.landed).toBeGreaterThan(0)
}, 900_000)

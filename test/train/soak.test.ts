import { expect, it } from 'vitest'
import { soakTrain } from '../soak/train.ts'

/** `npm run soak` repeats it with any number. */
it('survives 20 kills at random moments while the person works on main', async () => {
  const result = await soakTrain({ kills: 20 })
  expect(result.violations).toEqual([])
  expect(result.kills).toBe(20)
  expect(result.landed).toBe(4 * result.trials)
  expect(result.ejected).toBe(2 * result.trials)
}, 180_000)

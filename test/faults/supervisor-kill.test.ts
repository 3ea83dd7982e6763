import { describe, expect, test } from 'vitest'
import { STEPS, dieAfter } from './dying.ts'
import { PLACES } from './rungs.ts'
import { sampled } from '../fixtures/sample.ts'

/** Some steps, each in another place; `npm run soak -- steps` tries every step in all of them. */
const SAMPLE = sampled(
  STEPS.map((step, n) => ({
    step,
    ...(PLACES[n % PLACES.length] ?? { kind: 'sealed' as const, rung: 'hooks' }),
  })),
  3,
)

describe.skipIf(process.platform !== 'linux')('SIGKILL of the supervisor (Linux: reads /proc)', () => {
  test.each(SAMPLE)(
    'right after $step ($kind, $rung): every session lives, nothing is lost, main is tested, the train finishes',
    async ({ step, kind, rung }) => {
      expect(await dieAfter(step, kind, rung)).toEqual([])
    },
  )
})

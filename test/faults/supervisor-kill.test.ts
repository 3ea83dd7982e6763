import { describe, expect, test } from 'vitest'
import { STEPS, dieAfter } from './dying.ts'
import { PLACES } from './rungs.ts'

/** Every third step, each in another place; `npm run soak -- steps` tries every step in all of them. */
const SAMPLE = STEPS.filter((_step, n) => n % 3 === 0).map((step, n) => ({
  step,
  ...(PLACES[n % PLACES.length] ?? { kind: 'sealed' as const, rung: 'hooks' }),
}))

describe.skipIf(process.platform !== 'linux')('SIGKILL of the supervisor (Linux: reads /proc)', () => {
  test.each(SAMPLE)(
    'right after $step ($kind, $rung): every session lives, nothing is lost, main is tested, the train finishes',
    async ({ step, kind, rung }) => {
      expect(await dieAfter(step, kind, rung)).toEqual([])
    },
  )
})

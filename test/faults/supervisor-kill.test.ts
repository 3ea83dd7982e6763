import { describe, expect, test } from 'vitest'
import { STEPS, dieAfter } from './dying.ts'
import { RUNGS, has } from './rungs.ts'

const KINDS = ['sealed', 'linked'] as const
const rungs = RUNGS.filter(has)

/** Every second step, kinds and rungs in turn; `npm run soak -- steps` tries all of all. */
const SAMPLE = STEPS.filter((_step, n) => n % 2 === 0).map((step, n) => ({
  step,
  kind: KINDS[n % 2] ?? 'sealed',
  rung: rungs[Math.floor(n / 2) % rungs.length] ?? 'hooks',
}))

describe.skipIf(process.platform !== 'linux')('SIGKILL of the supervisor (Linux: reads /proc)', () => {
  test.each(SAMPLE)(
    'right after $step ($kind, $rung): every session lives, nothing is lost, main is tested, the train finishes',
    async ({ step, kind, rung }) => {
      expect(await dieAfter(step, kind, rung)).toEqual([])
    },
  )
})

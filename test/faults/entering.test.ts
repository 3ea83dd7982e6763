import { afterEach, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../fixtures/world.ts'
import { type Point, enterAndDie } from './entering.ts'
import { type RUNGS, has } from './rungs.ts'
import { sampled } from '../fixtures/sample.ts'

/** Every point, both kinds, every rung, each at least once: a commit tries three, `npm run soak -- steps` all there are. */
const SAMPLE: [Point, string, (typeof RUNGS)[number]][] = [
  ['started', 'linked', 'bubblewrap'],
  ['listening', 'sealed', 'landlock'],
  ['spawned', 'sealed', 'bubblewrap'],
  ['spawned', 'linked', 'hooks'],
  ['spawned', 'linked', 'landlock'],
  ['running', 'sealed', 'hooks'],
]

describe.skipIf(process.platform !== 'linux')(
  'SIGKILL of a host that is being entered (Linux: reads /proc)',
  () => {
    let world: World | null = null
    afterEach(async () => {
      await world?.close()
    })

    for (const [point, kind, rung] of sampled(SAMPLE, 3)) {
      test.skipIf(!has(rung))(
        `${point}, ${kind}, ${rung}${has(rung) ? '' : ' (skipped: no such wall here)'}`,
        async () => {
          world = await createWorld({ env: { WORKTRAIN_WALLS: rung } })
          expect(await enterAndDie(world, kind, point)).toEqual([])
        },
      )
    }
  },
)

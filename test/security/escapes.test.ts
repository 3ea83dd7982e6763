/**
 * What a hostile process of a session tries, checked from outside. Each attack must come through where
 * nothing is walled (one that fails there proves nothing), and where `doctor` says so; else it must not.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeRung } from '../../src/walls/index.ts'
import { directStage } from './escapes/direct.ts'
import { knownGap, type Column } from './escapes/gaps.ts'
import { VECTORS } from './escapes/index.ts'

const linux = process.platform === 'linux'
const possible = VECTORS.filter(({ only }) => only !== 'session').map(
  (vector) =>
    [
      vector.id,
      vector.impossible ? `${vector.name} (skipped: ${vector.impossible})` : vector.name,
      vector,
    ] as const,
)

async function whyNot(rung: Column['rung']): Promise<string> {
  if (!linux) return ' (skipped: the attacks are written for Linux)'
  if (rung === 'none') return ''
  try {
    await probeRung({ env: { PATH: process.env.PATH, WORKTRAIN_WALLS: rung } })
    return ''
  } catch (error) {
    return ` (skipped: ${(error as Error).message})`
  }
}

for (const rung of ['none', 'bubblewrap'] as const) {
  const without = await whyNot(rung)
  for (const kind of rung === 'none' ? (['linked'] as const) : (['sealed', 'linked'] as const)) {
    describe.skipIf(without)(`${rung}, ${kind} workspace${without}`, () => {
      let stage: Awaited<ReturnType<typeof directStage>>
      beforeAll(async () => {
        stage = await directStage(kind)
      })
      afterAll(() => stage.close())

      test.each(possible)('%s %s', async (_id, _name, vector) => {
        if (vector.impossible) return
        const known = knownGap(vector, { by: 'direct', rung, kind })
        expect(await stage.strike(vector, rung)).toEqual(
          known === null ? expect.stringMatching(/blocked|contained/) : 'escaped',
        )
      })
    })
  }
}

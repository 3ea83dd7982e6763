/** The supervisor dies after every journalled step, a host at every point of entering: all kinds, all rungs. */
import { STEPS, dieAfter } from '../faults/dying.ts'
import { POINTS, enterAndDie } from '../faults/entering.ts'
import { RUNGS, has } from '../faults/rungs.ts'
import { createWorld } from '../fixtures/world.ts'

/** @returns what did not hold, as sentences */
export async function soakSteps(onCase: (what: string) => void): Promise<string[]> {
  const wrong: string[] = []
  for (const rung of RUNGS.filter(has)) {
    for (const kind of ['sealed', 'linked'] as const) {
      for (const step of STEPS) {
        onCase(`${step}, ${kind}, ${rung}`)
        for (const each of await dieAfter(step, kind, rung)) wrong.push(`${step}, ${kind}, ${rung}: ${each}`)
      }
      for (const point of POINTS) {
        onCase(`host ${point}, ${kind}, ${rung}`)
        const world = await createWorld({ env: { WORKTRAIN_WALLS: rung } })
        try {
          for (const each of await enterAndDie(world, kind, point))
            wrong.push(`host ${point}, ${kind}, ${rung}: ${each}`)
        } finally {
          await world.close()
        }
      }
    }
  }
  return wrong
}

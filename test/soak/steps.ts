/** The supervisor dies after every journalled step, a host at every point of entering: all kinds, all rungs. */
import { STEPS, dieAfter } from '../faults/dying.ts'
import { POINTS, enterAndDie } from '../faults/entering.ts'
import { PLACES, RUNGS, has } from '../faults/rungs.ts'
import { createWorld } from '../fixtures/world.ts'

/** @returns whether everything held; what did not was told as soon as it was seen, as a sentence */
export async function soakSteps(
  onCase: (what: string) => void,
  onBroken: (what: string) => void,
): Promise<boolean> {
  let held = true
  const judge = async (what: string, work: () => Promise<string[]>) => {
    onCase(what)
    for (const each of await work()) {
      held = false
      onBroken(`${what}: ${each}`)
    }
  }
  for (const { kind, rung } of PLACES)
    for (const step of STEPS) await judge(`${step}, ${kind}, ${rung}`, () => dieAfter(step, kind, rung))
  for (const rung of RUNGS.filter(has))
    for (const kind of ['sealed', 'linked'])
      for (const point of POINTS)
        await judge(`host ${point}, ${kind}, ${rung}`, async () => {
          const world = await createWorld({ env: { WORKTRAIN_WALLS: rung } })
          try {
            return await enterAndDie(world, kind, point)
          } finally {
            await world.close()
          }
        })
  return held
}

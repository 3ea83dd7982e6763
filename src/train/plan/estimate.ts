/** When each change is expected to land. */
import type { Choice } from './choose.ts'
import type { PlanInput } from './input.ts'
import { decide } from './plan.ts'

export interface EstimateInput extends PlanInput {
  /** In ms, as `startedAt`. */
  now: number
  /** How long the checks of a candidate usually take; null: none was tested yet. */
  usualMs: number | null
  /** For each trial, when its checks began; null: they did not. */
  startedAt: readonly (number | null)[]
}

/** A run that takes longer than usual is taken to need this part of the usual time still. */
const OVERDUE = 0.1

/**
 * A change that a running or next candidate holds lands when that is done, if it is more probably green than red.
 * The others follow at the pace of the policy: as many changes for each usual check as a fresh plan is expected to
 * settle. It is an expectation: a red change ahead delays all behind it by a check or more.
 * @returns for each change of the queue a time in ms, never earlier than that of the one before; null: nothing to
 *   tell it from
 */
export function expectedLandings(input: EstimateInput): readonly (number | null)[] {
  const { queue, trials, now, usualMs, startedAt } = input
  if (usualMs === null) return queue.map(() => null)
  const { chosen } = decide(input)
  const left = new Map<string, number>()
  trials.forEach(({ members, verdict }, index) => {
    const began = startedAt[index] ?? null
    if (verdict !== 'running' || began === null) return
    left.set(members.join('\n'), Math.max(usualMs - (now - began), usualMs * OVERDUE))
  })
  const ends = (choice: Choice): number =>
    left.get(
      queue
        .slice(0, choice.length)
        .filter((_, at) => !choice.out.includes(at))
        .join('\n'),
    ) ?? usualMs
  const round =
    chosen.length === 0 ? 0 : chosen.reduce((sum, choice) => sum + ends(choice), 0) / chosen.length
  const settled = settledBy(chosen)
  const pace = Math.max(settledBy(decide({ ...input, trials: [] }).chosen), 1e-3)
  let latest = 0
  return queue.map((_, at) => {
    const holding = chosen.filter((each) => each.out.length === 0 && each.length > at && each.green >= 0.5)
    const after = round + (Math.max(at + 1 - settled, 0) / pace) * usualMs
    latest = Math.max(latest, Math.min(after, ...holding.map(ends)))
    return Math.round(now + latest)
  })
}

function settledBy(chosen: readonly Choice[]): number {
  return chosen.reduce((sum, { settles }) => sum + settles, 0)
}

/** When each change is expected to land. */
import type { Choice } from './choose.ts'
import type { PlanInput } from './input.ts'
import { decide, membersOf } from './plan.ts'
import { bitsOf } from './worth.ts'

export interface EstimateInput extends PlanInput {
  /** In ms, as `startedAt`. */
  now: number
  /** How long the checks of a candidate usually take, in ms; null: none was tested yet. */
  usualMs: number | null
  /** For each trial, when its checks began; null: they did not. */
  startedAt: readonly (number | null)[]
}

/** A run that takes longer than usual is taken to need this part of the usual time still. */
const OVERDUE = 0.1

/**
 * A change that is in a running or next candidate lands when that is done, with the probability that it is green, and
 * otherwise a check later than its place in the queue says. Its place: as many changes are settled in the time of one
 * check as the candidates tell bits, by the bits that there are to tell about one change. In the simulation the
 * estimate is off by one to two checks (`npm run bench:train`).
 * @returns for each change of the queue a time in ms, never before that of the one ahead; null: nothing is known of
 *   the checks' duration
 */
export function expectedLandings(input: EstimateInput): readonly (number | null)[] {
  const { queue, trials, failureRate, now, usualMs, startedAt } = input
  if (usualMs === null) return queue.map(() => null)
  const { chosen } = decide(input)
  const left = new Map<string, number>()
  trials.forEach(({ members, verdict }, index) => {
    const began = startedAt[index] ?? null
    if (verdict !== 'running' || began === null) return
    left.set(JSON.stringify(members), Math.max(usualMs - (now - began), usualMs * OVERDUE))
  })
  const next = chosen.map((choice) => ({
    ...choice,
    ends: left.get(JSON.stringify(membersOf(choice, queue))) ?? usualMs,
  }))
  const round = average(next.map(({ ends }) => ends))
  const settled = sum(chosen.map(({ settles }) => settles))
  const pace = paceOf(decide({ ...input, trials: [] }).chosen, failureRate)
  let latest = 0
  return queue.map((_, at) => {
    const inTurn = round + (Math.max(at + 1 - settled, 0) / pace) * usualMs
    const either = next
      .filter(({ out, length }) => out.length === 0 && length > at)
      .map(({ green, ends }) => green * ends + (1 - green) * (Math.max(inTurn, ends) + usualMs))
    latest = Math.max(latest, either.length === 0 ? inTurn : Math.min(...either))
    return Math.round(now + latest)
  })
}

/** Changes settled in the time of one check. */
function paceOf(chosen: readonly Choice[], rate: number): number {
  const one = bitsOf(rate, 1 - rate)
  const told = sum(chosen.map(({ bits }) => bits))
  // Nothing to find out: everything that is tested lands.
  return one > 0 && told > 0 ? told / one : Math.max(1, ...chosen.map(({ settles }) => settles))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function average(values: readonly number[]): number {
  return sum(values) / Math.max(values.length, 1)
}

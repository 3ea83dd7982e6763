/** What the train should test now. */
import { type Choice, choose } from './choose.ts'
import type { Plan, PlanInput } from './input.ts'
import { type Known, whatIsKnown } from './known.ts'
import { switchRate } from './rate.ts'

/**
 * Pure and deterministic: the same input has the same answer. What runs stays wanted as long as its verdict would tell
 * anything; nothing is wanted whose verdict is known, follows from others, or that does not merge.
 * @throws RangeError for a number of slots below 1 or a rate outside 0 to 1
 */
export function plan(input: PlanInput): Plan {
  const { policy, chosen } = decide(input)
  return {
    wanted: chosen.map((choice) => membersOf(choice, input.queue)),
    policy,
    why: describe(input, policy, chosen),
  }
}

/** The plan with its probabilities. */
export function decide(input: PlanInput): { policy: Plan['policy']; known: Known; chosen: Choice[] } {
  const { slots, failureRate, mode } = input
  if (!(slots >= 1)) throw new RangeError(`a train needs at least one slot, not ${slots}`)
  if (!(failureRate >= 0 && failureRate <= 1)) throw new RangeError(`${failureRate} is no failure rate`)
  const known = whatIsKnown(input)
  const policy = mode === 'every-commit' || failureRate > switchRate(slots) ? 'tree' : 'cuts'
  // Certainty either way would leave nothing to find out.
  const rate = Math.min(Math.max(failureRate, 0.001), 0.999)
  return {
    policy,
    known,
    chosen: choose(known, { slots: Math.floor(slots), rate, steps: policy === 'tree' }),
  }
}

export function membersOf({ out, length }: Choice, queue: readonly string[]): string[] {
  return queue.slice(0, length).filter((_, at) => !out.includes(at))
}

function describe({ queue, mode, failureRate }: PlanInput, policy: Plan['policy'], chosen: Choice[]): string {
  if (queue.length === 0) return 'Nothing waits.'
  if (chosen.length === 0) return 'Every verdict that is needed is there.'
  const rate = `${Math.round(failureRate * 100)} % of the changes are expected to be red`
  const plain = chosen.filter(({ out }) => out.length === 0).map(({ length }) => length)
  const cuts = plain.toSorted((a, b) => a - b).join(', ')
  const first = plain.length === 0 ? '' : `the first ${cuts} of ${queue.length} in line`
  const others = chosen.length - plain.length
  const without =
    others === 0
      ? ''
      : `${others === 1 ? 'one candidate' : `${others} candidates`} without a suspected change`
  const tested = [first, without].filter(Boolean).join(', and ')
  const why =
    mode === 'every-commit'
      ? 'every commit is to be tested, so one change is added at a time'
      : policy === 'tree'
        ? `${rate}, so one change is added at a time`
        : `${rate}, so the first red one is searched by halves`
  return `Tests ${tested}: ${why}.`
}

/**
 * What the train does next, and the one reason why it does nothing. Pure.
 *
 * What should be tested is `plan`'s business; here stands what follows from what was tested: what lands, who is
 * suspected, who is ejected, when the target itself is to blame.
 */
import { remaining } from '../build.ts'
import { judged } from './blame.ts'
import { queue } from './order.ts'
import { outdated } from './outdated.ts'
import type { Situation, Step } from './situation.ts'
import { searched } from './target.ts'
import { blockedOf, verdictOf } from './verdict.ts'
import { tested } from './wishes.ts'

export { queue, targetOf } from './order.ts'
export type { Situation, Step } from './situation.ts'
export { blockedOf, trialsOf, verdictOf } from './verdict.ts'

export function decide(s: Situation): Step {
  const { record, main } = s
  // A landing that was begun is finished, paused or not: the target is either the old or the new commit.
  if (record.intent)
    return s.mayLand(record.intent.build)
      ? { kind: 'land' }
      : { kind: 'none', stuck: blockedOf(s)?.detail ?? null }
  const blamed = record.paused?.main
  if (blamed && blamed.target === s.target && main !== null && main !== blamed.commit)
    return { kind: 'resume' }
  if (main === null) return { kind: 'none', stuck: isIdle(s) ? null : s.mainWhy }
  return (
    outdated(s, main) ??
    judged(s, main) ??
    (record.paused ? searched(s) : (landable(s, main) ?? tested(s, main))) ?? {
      kind: 'none',
      stuck: stuck(s),
    }
  )
}

function isIdle(s: Situation): boolean {
  return !s.changes.some((one) => one.state === 'queued' || one.state === 'parked')
}

/** The one reason, when there is something on the train that waits for more than a result. */
function stuck(s: Situation): string | null {
  if (s.record.paused) return isIdle(s) ? null : s.record.paused.why
  return blockedOf(s)?.detail ?? null
}

/** The longest green build that lands what comes next. */
function landable(s: Situation, main: string): Step | null {
  const order = queue(s).map((change) => change.id)
  const ready = s.builds
    .filter((build) => build.purpose === 'landing' && build.target === s.target)
    .map((build) => ({ build, rest: remaining(build, main) ?? [] }))
    .filter(({ build, rest }) => {
      if (
        rest.length === 0 ||
        !s.mayLand(build.id) ||
        !rest.every((member, at) => order[at] === member.change)
      )
        return false
      return verdictOf(build, s).kind === 'green'
    })
    .sort((a, b) => b.rest.length - a.rest.length)
  const chosen = s.settings.mode === 'prefix' ? ready[0] : ready.find(({ rest }) => rest.length === 1)
  return chosen ? { kind: 'intend', build: chosen.build } : null
}

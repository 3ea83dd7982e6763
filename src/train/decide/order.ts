/** Which changes may be tested now, in the order in which they land. Pure. */
import type { Build } from '../build.ts'
import { inOrder } from '../change.ts'
import type { Change } from '../ports.ts'
import type { TrainRecord } from '../record.ts'
import type { Situation } from './situation.ts'

/** The target's name that the train works for now: that of its first change. */
export function targetOf(changes: readonly Change[], record: TrainRecord, now: number): string | null {
  return record.intent?.target ?? inOrder(changes, now).find((one) => one.state !== 'held')?.target ?? null
}

/** Changes that may be tested now, in order: without those that do not merge with what is before them. */
export function queue(s: Situation): Change[] {
  const taken: Change[] = []
  for (const change of behindRunning(s, inOrder(s.changes, s.now))) {
    if (change.state !== 'queued' || change.target !== s.target) continue
    const before = taken.map((one) => one.id)
    if (!s.conflicts(change.id, before)) taken.push(change)
  }
  return taken
}

/** A suspect that was cleared goes back to its old place, but behind builds that were made without it. */
function behindRunning(s: Situation, order: Change[]): Change[] {
  const late = (change: Change, build: Build) =>
    change.cleared !== null &&
    build.at <= change.cleared &&
    !build.members.some((one) => one.change === change.id)
  return order.reduceRight<Change[]>((rest, change) => {
    const builds = s.builds.filter((build) => build.purpose === 'landing' && late(change, build))
    const ahead = rest.findLastIndex((other) =>
      builds.some((build) => build.members.some((one) => one.change === other.id)),
    )
    return [...rest.slice(0, ahead + 1), change, ...rest.slice(ahead + 1)]
  }, [])
}

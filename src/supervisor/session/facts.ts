/** What is known of sessions beside what each of them has recorded: for the views of them. */
import { isOpen, type SessionState } from '../../sessions/state.ts'
import { changeProjection, takenBack } from '../../train/index.ts'
import type { Change } from '../../train/ports.ts'
import { allSessions, type Context } from '../context.ts'
import type { Repositories } from '../repositories.ts'
import { type Decision, reviewedOf } from '../reviews/reviewed.ts'
import { shownIn } from '../spotlights/shown-in.ts'
import { type TrainFacts, trainFacts } from '../trains/facts.ts'
import { mender } from '../trains/resolvers.ts'
import { targetTips } from '../trains/target-tips.ts'
import type { Trains } from '../trains/trains.ts'

/** What of a session others know. */
export interface Facts {
  /** By repository. */
  trains: Map<string, TrainFacts>
  /** Agent that can be started to mend what was ejected or conflicts. */
  mender: string | null
  /** Open sessions that repair an ejected change, by its id. */
  repairing: Map<string, string>
  /** By id of a landed change, the undo that took it back. */
  undone: Map<string, Change>
  all: readonly SessionState[]
  /** Where the target of each repository is. */
  tips: ReadonlyMap<string, string>
  /** What the person decided, by id of those whose work as it is they approved or rejected. */
  reviewed: ReadonlyMap<string, Decision>
  shown: Awaited<ReturnType<typeof shownIn>>
}

const none = new Map<string, never>()
/** Of a session that is over. */
export const NONE: Facts = {
  trains: none,
  mender: null,
  repairing: none,
  undone: none,
  all: [],
  tips: none,
  reviewed: none,
  shown: none,
}

/** @param shown whom the facts are for @param repositories whose trains are asked */
export async function factsFor(
  ctx: Context,
  parts: { repositories: Repositories; trains: Trains },
  shown: readonly SessionState[],
  repositories: string[],
): Promise<Facts> {
  const all = await allSessions(ctx)
  const repairs = all.filter((s) => s.resolves !== null && isOpen(s) && s.stage !== 'landed')
  const repairing = new Map(repairs.map((s) => [s.resolves?.change ?? '', s.name]))
  const mends = mender(ctx)
  const changes = (await ctx.journal.list<Change>(changeProjection)).map((row) => row.state)
  return {
    trains: await trainFacts(ctx, parts, repositories, new Set(repairing.keys()), mends),
    mender: mends,
    repairing,
    undone: takenBack(changes),
    all,
    tips: await targetTips(parts.repositories, shown),
    reviewed: await reviewedOf(ctx, all),
    shown: await shownIn(ctx.journal),
  }
}

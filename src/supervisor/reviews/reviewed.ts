/** What the person has decided of sessions' work. */
import { reviewProjection } from '../../review/index.ts'
import type { AttentionFacts } from '../../sessions/attention/facts.ts'
import type { SessionState } from '../../sessions/state.ts'
import type { Context } from '../context.ts'

export interface Decision {
  /** Why, and whether the session was told; null: approved. */
  rejected: AttentionFacts['rejected']
  /** Some of what was approved is in no commit. */
  uncommitted: boolean
}

/** By id, of the sessions whose work, as it is now, the person has approved, or rejected since it was handed off. */
export async function reviewedOf(
  ctx: Context,
  sessions: readonly SessionState[],
): Promise<Map<string, Decision>> {
  const known = new Map(sessions.map((s) => [s.id, s]))
  const decided = new Map<string, Decision>()
  for (const { state } of await ctx.journal.list(reviewProjection)) {
    const s = known.get(state.id)
    if (s === undefined) continue
    const { approved, rejected } = state
    if (approved !== null && approved.tree === s.snapshot?.tree)
      decided.set(s.id, { rejected: null, uncommitted: approved.uncommitted && approved.head === s.head })
    else if (rejected !== null && s.handoff !== null && rejected.at >= s.handoff.at)
      decided.set(s.id, { rejected: { reason: rejected.reason, told: rejected.told }, uncommitted: false })
  }
  return decided
}

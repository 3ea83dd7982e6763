/** What the person has decided of sessions' work. */
import { reviewProjection } from '../../review/index.ts'
import type { AttentionFacts } from '../../sessions/attention/facts.ts'
import type { SessionState } from '../../sessions/state.ts'
import type { Context } from '../context.ts'

/** `rejected`: why, and whether the session was told; null: approved. */
export interface Decision {
  rejected: AttentionFacts['rejected']
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
    if (state.approved !== null && state.approved.head === s.head) decided.set(s.id, { rejected: null })
    else if (state.rejected !== null && s.handoff !== null && state.rejected.at >= s.handoff.at)
      decided.set(s.id, { rejected: { reason: state.rejected.reason, told: state.rejected.told } })
  }
  return decided
}

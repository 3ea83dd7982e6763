/** Which sessions' work the person has approved. */
import { reviewProjection } from '../../review/index.ts'
import type { SessionState } from '../../sessions/state.ts'
import type { Context } from '../context.ts'

/** Ids of the sessions whose work, as it is now, the person has approved. */
export async function reviewedOf(ctx: Context, sessions: readonly SessionState[]): Promise<Set<string>> {
  const heads = new Map(sessions.map(({ id, head }) => [id, head]))
  const approved = (await ctx.journal.list(reviewProjection)).filter(
    ({ state }) => state.approved !== null && state.approved.head === heads.get(state.id),
  )
  return new Set(approved.map(({ state }) => state.id))
}

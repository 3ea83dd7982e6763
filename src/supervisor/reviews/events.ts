/** Events of a review as drafts. */
import type { Actor, Draft, EventMap } from '../../protocol/index.ts'
import type { ReviewEvents } from '../../protocol/review.ts'
import { freshReview, reviewProjection, type ReviewState } from '../../review/index.ts'
import { type Context, self } from '../context.ts'

export function reviewEvent<T extends keyof ReviewEvents>(
  session: string,
  type: T,
  data: EventMap[T],
  options: { actor?: Actor; cause: string },
): Draft {
  const { actor = self, cause } = options
  return { aggregate: 'review', id: session, type, data, actor, cause } as Draft
}

/** The review of a session, also when nothing of it has happened yet. */
export async function reviewOf(ctx: Context, session: string): Promise<ReviewState> {
  return (await ctx.journal.get(reviewProjection, session))?.state ?? freshReview(session)
}

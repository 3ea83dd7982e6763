/** What the agent says of the comments it was given. */
import { agentFor } from '../../agents/index.ts'
import { type Context, observeContext, sessionState } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'
import { reviewEvent, reviewOf } from './events.ts'

/** After a turn: its handoff may answer comments that were sent. The same turn is looked at again after a restart. */
export async function takeReplies(ctx: Context, repo: RepositoryContext, id: string): Promise<void> {
  const s = await sessionState(ctx, id)
  const agent = agentFor(s.brief.agent)
  const claims =
    agent.handoff(s.lastMessage) ??
    (await agent.report?.(observeContext(ctx, repo.repository.root, s))) ??
    null
  if (!claims?.review) return
  const { comments } = await reviewOf(ctx, id)
  const fresh = claims.review.filter(({ comment, status, reply }) => {
    const asked = comments.find((each) => each.id === comment)
    if (!asked || asked.sentAt === null) return false
    return !asked.replies.some(
      (each) => each.turn === s.turns && each.status === status && each.text === reply,
    )
  })
  if (fresh.length > 0)
    await ctx.journal.append(
      fresh.map((reply) => reviewEvent(id, 'review.replied', { ...reply, turn: s.turns }, { cause: 'turn' })),
    )
}

/** Takes an approval along when main was brought into a session. */
import { mergeTree } from '../git/index.ts'
import { type Context, sessionState } from './context.ts'
import type { RepositoryContext } from './repositories.ts'
import { reviewEvent, reviewOf } from './review-events.ts'
import { newest } from './review-view.ts'

/**
 * What is there counts as approved when it is, to the byte, what git itself makes of the approved state and the
 * main it stands on now: the same merge that the train would land. How it was made in the session does not
 * matter, and nothing else gets in with it. Within the session's order.
 */
export async function carryApproval(ctx: Context, repo: RepositoryContext, id: string): Promise<void> {
  const { approved } = await reviewOf(ctx, id)
  if (approved === null) return
  const s = await sessionState(ctx, id)
  const { oid, tree, head, n } = newest(s)
  const main = s.base.oid
  if (tree === approved.tree || main === approved.main) return
  const merge = await mergeTree(repo.repository, main, approved.commit)
  if (!merge.clean || merge.tree !== tree) return
  const data = { commit: oid, tree, head, snapshot: n, main }
  await ctx.journal.append([reviewEvent(id, 'review.carried', data, { cause: 'update' })])
}

/** Takes an approval along when main was brought into a session, or says why it cannot. */
import { changedFiles, isAncestor, mergeTree } from '../../git/index.ts'
import { type Context, sessionState } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'
import { reviewEvent, reviewOf } from './events.ts'
import { newest } from './view.ts'

/** Files that are named where an approval is left behind. */
const FILES_MAX = 50

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
  if (await isAncestor(repo.repository, main, approved.commit)) return
  const merge = await mergeTree(repo.repository, main, approved.commit)
  const by = { cause: 'update' }
  if (merge.clean && merge.tree === tree) {
    const data = { commit: oid, tree, head, snapshot: n, main }
    await ctx.journal.append([reviewEvent(id, 'review.carried', data, by)])
    return
  }
  const files = merge.clean ? await changedFiles(repo.repository, merge.tree, tree) : merge.files
  const data = { main, conflicts: !merge.clean, files: files.slice(0, FILES_MAX) }
  if (JSON.stringify(data) !== JSON.stringify(approved.outdated))
    await ctx.journal.append([reviewEvent(id, 'review.outdated', data, by)])
}

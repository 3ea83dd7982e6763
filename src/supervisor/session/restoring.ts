/** Putting a session's files back to one of its snapshots. */
import { type Actor, WorktrainError } from '../../protocol/index.ts'
import { isLive, type SessionState } from '../../sessions/state.ts'
import { type Context, tell } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'
import { newest, snapshotsOf } from '../reviews/view.ts'
import { predict, save } from './turns.ts'
import type { Updates } from '../trains/updates.ts'
import { runInCell, workspaceOf } from './workspaces.ts'

/**
 * What is there is saved first, and what then is there is saved again: nothing is lost. Branch and index stay, so
 * the restored state is uncommitted work. Call it within the session's order.
 * @returns number of the snapshot that holds what was there
 * @throws SESSION_BUSY while the agent works, SESSION_WRONG_STATE, GIT_FAILED
 */
export async function restoreSnapshot(
  ctx: Context,
  repo: RepositoryContext,
  updates: Updates,
  s: SessionState,
  n: number,
  actor: Actor,
): Promise<number> {
  const workspace = workspaceOf(ctx, repo, s)
  if (!workspace || s.trashed)
    throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} is ${s.stage} and has no live workspace.`)
  if (isLive(s) && s.activity.state !== 'idle')
    throw new WorktrainError(
      'SESSION_BUSY',
      `${s.name} is ${s.activity.state}: ${s.activity.evidence}. Its files are not changed under it.`,
    )
  const wanted = (await snapshotsOf(ctx, s)).find((each) => each.n === n)
  if (!wanted)
    throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no snapshot ${n}.`, {
      hint: `worktrain review ${s.name} --snapshots`,
    })
  return updates.quietly(s, async () => {
    const before = newest(await save(ctx, repo, s.id, 'before restoring'))
    const cause = { actor, cause: 'restore' }
    await tell(ctx, s.id, 'snapshot.restoring', { n, oid: wanted.commit, before: before.n }, cause)
    await ctx.workspaces.reset(workspace, before.tree, wanted.commit, runInCell(ctx, repo, s))
    await save(ctx, repo, s.id, 'restored')
    await predict(ctx, repo, s.id)
    return before.n
  })
}

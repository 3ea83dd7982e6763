/** What is asked of a session's change that is on the train already. */
import { treeOf } from '../../git/index.ts'
import { type Actor, WorktrainError } from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'
import { isActive, type Train } from '../../train/index.ts'
import type { Change } from '../../train/ports.ts'
import { changesOf } from '../session/changes.ts'
import type { Context } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'

/**
 * The change of a session that is on the train, with the place in the queue that was asked for. One that has
 * left the train just now is returned as it is. Call it within the session's order.
 * @param options.onlyTree refuse any other state of the work: REVIEW_STALE
 * @throws SESSION_BUSY while it lands, where another place was asked for; SESSION_WRONG_STATE when it has none
 */
export async function riding(
  ctx: Context,
  repo: RepositoryContext,
  train: Pick<Train, 'prioritise'>,
  s: SessionState,
  actor: Actor,
  { priority, onlyTree }: { priority?: number; onlyTree?: string },
): Promise<Change> {
  const change = (await changesOf(ctx, s.id)).at(-1)
  if (!change) throw new WorktrainError('SESSION_WRONG_STATE', `The change of ${s.name} is not on the train.`)
  if (onlyTree !== undefined && (await treeOf(repo.repository, change.head)) !== onlyTree)
    throw new WorktrainError('REVIEW_STALE', `What is on the train of ${s.name} is not what was approved.`, {
      hint: `worktrain review ${s.name} --against approved`,
    })
  if (priority === undefined || priority === change.priority || !isActive(change)) return change
  return train.prioritise(change.id, priority, actor)
}

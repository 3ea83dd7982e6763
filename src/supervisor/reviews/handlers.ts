/** What is asked of a review. */
import type { Handlers } from '../../server/index.ts'
import { type Actor, WorktrainError } from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'
import type { RepositoryContext } from '../repositories.ts'
import type { Reviews } from './reviews.ts'
import type { Views } from '../views.ts'

type Mine =
  | 'review'
  | 'reviewSeen'
  | 'reviewMark'
  | 'comments'
  | 'comment'
  | 'commentReword'
  | 'commentRemove'
  | 'commentResolve'
  | 'reviewSend'
  | 'approve'
  | 'reject'
  | 'snapshots'
  | 'snapshotRestore'

/** Runs in the session's order. */
type OnSession = <T>(
  ref: { repo: string | null; name: string },
  work: (repo: RepositoryContext, s: SessionState) => Promise<T>,
) => Promise<{ id: string; result: T }>

/** Puts the files back to a snapshot; the answer is the one that holds what was there. */
type Restore = (repo: RepositoryContext, s: SessionState, snapshot: number, actor: Actor) => Promise<number>

export function reviewHandlers(
  onSession: OnSession,
  { reviews, views, restore }: { reviews: Reviews; views: Views; restore: Restore },
): Pick<Handlers, Mine> {
  const only = async (repo: RepositoryContext, s: SessionState, id: string) => {
    const comment = (await reviews.comments(repo, s)).find((each) => each.id === id)
    if (!comment) throw new WorktrainError('COMMENT_UNKNOWN', `There is no comment ${id}.`)
    return comment
  }
  const these = async (repo: RepositoryContext, s: SessionState, ids: readonly string[]) =>
    (await reviews.comments(repo, s)).filter(({ id }) => ids.includes(id))
  return {
    review: async (input) => (await onSession(input, (repo, s) => reviews.view(repo, s, input))).result,
    reviewSeen: async ({ commit, ...ref }, actor) =>
      views.session((await onSession(ref, (_repo, s) => reviews.seen(s, commit, actor))).id),
    reviewMark: async ({ path, change, marked, ...ref }, actor) => {
      await onSession(ref, (_repo, s) => reviews.mark(s, { path, change, marked }, actor))
      return { path, change, marked }
    },
    comments: async (ref) => (await onSession(ref, (repo, s) => reviews.comments(repo, s))).result,
    comment: async (input, actor) =>
      (await onSession(input, async (repo, s) => only(repo, s, await reviews.comment(repo, s, input, actor))))
        .result,
    commentReword: async ({ comment, text, ...ref }, actor) =>
      (
        await onSession(ref, async (repo, s) => {
          await reviews.reword(s, comment, text, actor)
          return only(repo, s, comment)
        })
      ).result,
    commentRemove: async ({ comment, ...ref }, actor) =>
      (
        await onSession(ref, async (repo, s) => {
          await reviews.remove(s, comment, actor)
          return reviews.comments(repo, s)
        })
      ).result,
    commentResolve: async ({ comment, resolved, ...ref }, actor) =>
      (
        await onSession(ref, async (repo, s) => {
          await reviews.resolve(s, comment, resolved, actor)
          return only(repo, s, comment)
        })
      ).result,
    reviewSend: async ({ note, ...ref }, actor) => {
      const { id, result } = await onSession(ref, async (repo, s) => {
        const { ids, waits } = await reviews.send(repo, s, note, actor)
        return { sent: await these(repo, s, ids), waits }
      })
      return { session: await views.session(id), ...result }
    },
    approve: async ({ commit, now, land, ...ref }, actor) => {
      const { id, result } = await onSession(ref, (repo, s) =>
        reviews.approve(repo, s, { commit, now, land }, actor),
      )
      return {
        session: await views.session(id),
        commit: result.commit,
        change: result.change && (await views.change(id, result.change.id)),
      }
    },
    reject: async ({ reason, ...ref }, actor) => {
      const { id, result } = await onSession(ref, async (repo, s) => {
        const sent = await reviews.reject(repo, s, reason, actor)
        return { sent: await these(repo, s, sent ?? []), told: sent !== null }
      })
      return { session: await views.session(id), ...result }
    },
    snapshotRestore: async ({ snapshot, ...ref }, actor) => {
      const { id, result } = await onSession(ref, (repo, s) => restore(repo, s, snapshot, actor))
      return { session: await views.session(id), before: result }
    },
    snapshots: async (ref) => (await onSession(ref, (_repo, s) => reviews.snapshots(s))).result,
  }
}

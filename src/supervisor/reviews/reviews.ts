/** Reviewing: comments, what was seen, approval, rejection. What is drawn of it is view.ts. */
import { agentFor } from '../../agents/index.ts'
import { type Actor, type Draft, WorktrainError } from '../../protocol/index.ts'
import type { Parsed } from '../../protocol/api.ts'
import type { ReviewComment, ReviewView, SnapshotView } from '../../protocol/review.ts'
import {
  anchorAt,
  type Comment,
  objectsOf,
  pathNamed,
  placeComments,
  type ReviewState,
  reviewPrompt,
  stateOf,
  textLines,
} from '../../review/index.ts'
import { isLive, type SessionState } from '../../sessions/state.ts'
import type { Change } from '../../train/ports.ts'
import { type Context, sessionEvent, sessionState } from '../context.ts'
import type { Prompts } from '../session/prompts.ts'
import type { RepositoryContext } from '../repositories.ts'
import { reviewEvent, reviewOf } from './events.ts'
import { newest, reviewView, snapshotsOf } from './view.ts'
import type { Trains } from '../trains/trains.ts'
import { save } from '../session/turns.ts'

/** Bytes of a file that can be commented. */
const FILE_MAX = 1024 * 1024

/** Everything is called within the session's order. */
export class Reviews {
  readonly #ctx: Context
  readonly #prompts: Prompts
  readonly #trains: Trains

  constructor(ctx: Context, parts: { prompts: Prompts; trains: Trains }) {
    this.#ctx = ctx
    this.#prompts = parts.prompts
    this.#trains = parts.trains
  }

  async view(repo: RepositoryContext, s: SessionState, asked: Parsed<'review'>): Promise<ReviewView> {
    return reviewView(
      this.#ctx,
      repo,
      asked.fresh ? await this.#saved(repo, s, 'before the review') : s,
      asked,
    )
  }

  /** @throws SESSION_WRONG_STATE when there is no such snapshot */
  async seen(s: SessionState, commit: string, actor: Actor): Promise<void> {
    const snapshot = (await snapshotsOf(this.#ctx, s)).findLast((each) => each.commit === commit)
    if (!snapshot)
      throw new WorktrainError('SESSION_WRONG_STATE', `${commit.slice(0, 10)} is no snapshot of ${s.name}.`)
    const by = { actor, cause: 'review' }
    const main = s.merges?.main ?? null
    const known = (await reviewOf(this.#ctx, s.id)).seen?.commit === commit
    await this.#tell([
      sessionEvent(s.id, 'session.seen', { how: 'review' }, by),
      ...(known ? [] : [reviewEvent(s.id, 'review.seen', { commit, snapshot: snapshot.n, main }, by)]),
    ])
  }

  /** Nothing happens where it is so already. */
  async mark(
    s: SessionState,
    { path, change, marked }: Pick<Parsed<'reviewMark'>, 'path' | 'change' | 'marked'>,
    actor: Actor,
  ): Promise<void> {
    const { marks } = await reviewOf(this.#ctx, s.id)
    if (marks.includes(change) === marked) return
    const type = marked ? 'review.marked' : 'review.unmarked'
    await this.#tell([reviewEvent(s.id, type, { path, change }, { actor, cause: 'review' })])
  }

  async comments(repo: RepositoryContext, s: SessionState): Promise<ReviewComment[]> {
    const { comments } = await reviewOf(this.#ctx, s.id)
    if (comments.length === 0) return []
    return placeComments(objectsOf(repo.repository), comments, { now: newest(s).oid, old: s.base.oid })
  }

  /** @returns id of the new draft @throws LINE_UNKNOWN */
  async comment(
    repo: RepositoryContext,
    before: SessionState,
    input: Pick<Parsed<'comment'>, 'path' | 'side' | 'line' | 'count' | 'text' | 'commit'>,
    actor: Actor,
  ): Promise<string> {
    const { path, side, line, count, text } = input
    const s = input.commit === null ? await this.#saved(repo, before, 'before a comment') : before
    const commit = input.commit ?? (side === 'new' ? newest(s).oid : s.base.oid)
    const objects = objectsOf(repo.repository)
    const [content] = await objects.files(commit, [pathNamed(path)], FILE_MAX)
    if (typeof content !== 'string')
      throw new WorktrainError(
        'LINE_UNKNOWN',
        `There is no file ${JSON.stringify(path)} in ${s.name} that can be commented.`,
      )
    const lines = textLines(content)
    const anchor = anchorAt(lines, { path, side, line, count, commit })
    if (anchor === null)
      throw new WorktrainError(
        'LINE_UNKNOWN',
        `${JSON.stringify(path)} has ${lines.length} lines: there is no line ${line + count - 1}.`,
      )
    const id = `c${(await reviewOf(this.#ctx, s.id)).made + 1}`
    await this.#tell([
      reviewEvent(s.id, 'review.commented', { comment: id, anchor, text }, { actor, cause: 'comment' }),
    ])
    return id
  }

  async reword(s: SessionState, id: string, text: string, actor: Actor): Promise<void> {
    await this.#draft(s, id, 'reworded')
    await this.#tell([
      reviewEvent(s.id, 'review.reworded', { comment: id, text }, { actor, cause: 'comment' }),
    ])
  }

  async remove(s: SessionState, id: string, actor: Actor): Promise<void> {
    await this.#draft(s, id, 'removed')
    await this.#tell([reviewEvent(s.id, 'review.withdrawn', { comment: id }, { actor, cause: 'comment' })])
  }

  async resolve(s: SessionState, id: string, resolved: boolean, actor: Actor): Promise<void> {
    found(await reviewOf(this.#ctx, s.id), id)
    const type = resolved ? 'review.resolved' : 'review.reopened'
    await this.#tell([reviewEvent(s.id, type, { comment: id }, { actor, cause: 'comment' })])
  }

  /**
   * @returns ids of the comments that were sent, and whether they wait for the session to be idle
   * @throws SESSION_WRONG_STATE when there is nothing to send
   */
  async send(
    repo: RepositoryContext,
    s: SessionState,
    note: string,
    actor: Actor,
  ): Promise<{ ids: string[]; waits: boolean }> {
    const drafts = await this.#drafts(s)
    if (drafts.length === 0 && note.trim() === '')
      throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no comments that were not sent.`, {
        hint: `worktrain comment ${s.name} FILE:LINE TEXT`,
      })
    await this.#hand(repo, s, drafts, { rejected: false, note: note.trim() }, actor, () => [])
    const { queue } = await sessionState(this.#ctx, s.id)
    return { ids: drafts.map(({ id }) => id), waits: queue.length > 0 }
  }

  /**
   * Pins the state that was looked at.
   * @param commit the snapshot that was on the screen; null: the one last seen, else what is there
   * @returns the pinned snapshot, and the change if it was put on the train
   * @throws REVIEW_STALE when the work is another by now
   */
  async approve(
    repo: RepositoryContext,
    before: SessionState,
    { commit, now, land }: Pick<Parsed<'approve'>, 'commit' | 'now' | 'land'>,
    actor: Actor,
  ): Promise<{ commit: string; change: Change | null }> {
    const s = await this.#saved(repo, before, 'before the approval')
    const { oid, tree, head, n } = newest(s)
    const { seen } = await reviewOf(this.#ctx, s.id)
    const looked = now ? oid : (commit ?? seen?.commit ?? oid)
    if (looked !== oid) {
      const [then] = await objectsOf(repo.repository).trees([looked])
      if (then !== tree)
        throw new WorktrainError('REVIEW_STALE', `${s.name} has changed since you looked at it.`, {
          hint: `worktrain review ${s.name} --against seen`,
        })
    }
    const [branch] = await objectsOf(repo.repository).trees([head])
    const pinned = { commit: oid, tree, head, snapshot: n, uncommitted: branch !== tree }
    await this.#tell([reviewEvent(s.id, 'review.approved', pinned, { actor, cause: 'approve' })])
    const change = land ? await this.#trains.land(repo, s.id, actor, { onlyTree: tree }) : null
    return { commit: oid, change }
  }

  /** The tree that may land. @throws REVIEW_STALE when nothing is approved */
  async approvedTree(s: SessionState): Promise<string> {
    const { approved } = await reviewOf(this.#ctx, s.id)
    if (approved) return approved.tree
    throw new WorktrainError('REVIEW_STALE', `${s.name} has not been approved.`, {
      hint: `worktrain review ${s.name}, then worktrain approve ${s.name}`,
    })
  }

  /** @returns ids of the comments that went with the reason; null: nobody could be told, and they are still drafts */
  async reject(
    repo: RepositoryContext,
    before: SessionState,
    reason: string,
    actor: Actor,
  ): Promise<string[] | null> {
    if (before.stage === 'on-train' || before.stage === 'landed')
      throw new WorktrainError(
        'SESSION_WRONG_STATE',
        `${before.name} is ${before.stage === 'landed' ? 'in main' : 'on the train'}.`,
        {
          hint:
            before.stage === 'landed'
              ? `worktrain undo ${before.name}`
              : `worktrain train eject ${before.name}`,
        },
      )
    const s = await this.#saved(repo, before, 'before the rejection')
    const { oid, n } = newest(s)
    const drafts = await this.#drafts(s)
    const rejected = (prompt: string) =>
      reviewEvent(
        s.id,
        'review.rejected',
        { commit: oid, snapshot: n, reason, prompt },
        { actor, cause: 'reject' },
      )
    if (!isLive(s) && !agentFor(s.brief.agent).resumable) {
      await this.#tell([rejected('')])
      return null
    }
    await this.#hand(repo, s, drafts, { rejected: true, note: reason }, actor, (prompt) => [rejected(prompt)])
    return drafts.map(({ id }) => id)
  }

  async snapshots(s: SessionState): Promise<SnapshotView[]> {
    return snapshotsOf(this.#ctx, s)
  }

  async #saved(repo: RepositoryContext, s: SessionState, reason: string): Promise<SessionState> {
    return s.workspace.made && !s.trashed ? save(this.#ctx, repo, s.id, reason) : s
  }

  async #drafts(s: SessionState): Promise<Comment[]> {
    return (await reviewOf(this.#ctx, s.id)).comments.filter((comment) => stateOf(comment) === 'draft')
  }

  async #draft(s: SessionState, id: string, what: string): Promise<void> {
    const comment = found(await reviewOf(this.#ctx, s.id), id)
    if (stateOf(comment) !== 'draft')
      throw new WorktrainError('SESSION_WRONG_STATE', `${id} was sent: it can no longer be ${what}.`, {
        hint: `worktrain comment ${s.name} --resolve ${id}`,
      })
  }

  async #hand(
    repo: RepositoryContext,
    before: SessionState,
    drafts: readonly Comment[],
    { rejected, note }: { rejected: boolean; note: string },
    actor: Actor,
    more: (prompt: string) => Draft[],
  ): Promise<void> {
    const s = await this.#saved(repo, before, 'before the comments are sent')
    const commit = newest(s).oid
    const placed = await placeComments(objectsOf(repo.repository), drafts, { now: commit, old: s.base.oid })
    const lines = new Map(placed.map(({ id, line }) => [id, line]))
    const report = agentFor(s.brief.agent).handoffRequest !== ''
    const text = reviewPrompt(
      drafts
        .map((comment) => ({ comment, line: lines.get(comment.id) ?? null }))
        .toSorted((a, b) => compare(a.comment, b.comment)),
      { rejected, note, report },
    )
    await this.#prompts.send(repo, s.id, text, 'person', actor, (prompt) => [
      ...(drafts.length === 0
        ? []
        : [
            reviewEvent(
              s.id,
              'review.sent',
              { comments: drafts.map(({ id }) => id), prompt, commit, note },
              { actor, cause: 'send' },
            ),
          ]),
      ...more(prompt),
    ])
  }

  async #tell(drafts: Draft[]): Promise<void> {
    await this.#ctx.journal.append(drafts)
  }
}

/** @throws COMMENT_UNKNOWN */
function found(review: ReviewState, id: string): Comment {
  const comment = review.comments.find((each) => each.id === id)
  if (!comment) throw new WorktrainError('COMMENT_UNKNOWN', `There is no comment ${id}.`)
  return comment
}

function compare(a: Comment, b: Comment): number {
  if (a.anchor.path !== b.anchor.path) return a.anchor.path < b.anchor.path ? -1 : 1
  return a.anchor.line - b.anchor.line
}

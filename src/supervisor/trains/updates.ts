/** Bringing main into a session's branch: asked for by the person, or by itself between two turns. */
import { changedFiles, isAncestor, readRef } from '../../git/index.ts'
import { type Actor, type Draft, toErrorBody, WorktrainError } from '../../protocol/index.ts'
import { updatedNews } from '../../sessions/news.ts'
import { isLive, type SessionState } from '../../sessions/state.ts'
import { mayUpdate } from '../../sessions/updating.ts'
import { UPDATE_LIMIT } from '../../workspaces/update.ts'
import type { Updated } from '../../workspaces/workspace.ts'
import { type Context, self, sessionEvent, sessionState, tell } from '../context.ts'
import type { Hosts } from '../session/hosts.ts'
import { movementFor } from './news.ts'
import type { RepositoryContext } from '../repositories.ts'
import { hears, save, turnEnded } from '../session/turns.ts'
import { runInCell, workspaceOf } from '../session/workspaces.ts'

/** How long no turn may begin: the merge and its taking back, ms. */
const HOLD_MS = UPDATE_LIMIT + 60_000
/** Looks at a session in which something is just happening, before its next turn's end is waited for. */
const TRIES = 5

export class Updates {
  readonly #ctx: Context
  readonly #hosts: Hosts

  constructor(ctx: Context, hosts: Hosts) {
    this.#ctx = ctx
    this.#hosts = hosts
  }

  /**
   * Merges main into the session's branch, or puts the branch on top of it. Within the session's order.
   * @throws SESSION_BUSY while it works, SESSION_WRONG_STATE, TARGET_UNKNOWN, and what git refuses
   */
  async update(
    repo: RepositoryContext,
    id: string,
    how: 'merge' | 'rebase',
    actor: Actor,
  ): Promise<Pick<Updated, 'result' | 'files'>> {
    const s = await sessionState(this.#ctx, id)
    if (s.updating !== null)
      throw new WorktrainError('SESSION_BUSY', `${s.name} is being updated: that is finished first.`)
    if (isLive(s) && s.activity.state !== 'idle') {
      throw new WorktrainError(
        'SESSION_BUSY',
        `${s.name} is ${s.activity.state}: ${s.activity.evidence}. Its tree is not changed under it.`,
      )
    }
    if (how === 'rebase' && s.stage === 'on-train')
      throw new WorktrainError(
        'SESSION_WRONG_STATE',
        `${s.name} is on the train: its commits stay as they are.`,
        {
          hint: `worktrain train eject ${s.name}`,
        },
      )
    return this.quietly(s, () => this.#bring(repo, id, how, actor))
  }

  /**
   * `train.update`: brings main into a session that is between two turns and still merges with it. Whoever
   * works gets it at the end of the turn, when this is called again. Takes the session's order.
   */
  async ifDue(repo: RepositoryContext, id: string): Promise<void> {
    const ctx = this.#ctx
    const how = repo.config['train.update']
    if (how === 'off') return
    // What came in meanwhile is taken in first, then it is looked at again.
    for (let tries = 0; tries < TRIES; tries++) {
      if (await ctx.inOrder(id, () => this.#bringIfDue(repo, id, how))) return
    }
  }

  /** @returns false when something of the session is not known yet */
  async #bringIfDue(repo: RepositoryContext, id: string, how: 'merge' | 'rebase'): Promise<boolean> {
    const ctx = this.#ctx
    const main = await readRef(repo.repository, `refs/heads/${repo.target}`)
    const s = await sessionState(ctx, id)
    if (main === null || !mayUpdate(s, main)) return true
    if (s.head !== null && (await isAncestor(repo.repository, main, s.head))) return true
    try {
      await this.quietly(s, () => this.#bring(repo, id, how, self))
    } catch (error) {
      if (!(error instanceof WorktrainError)) throw error
      if (error.code === 'SESSION_BUSY') return false
      // Said on the session; it is tried again when main or the session moves.
      ctx.log.info('a session was not updated', { session: id, error })
    }
    return true
  }

  /** After a crash in the middle of one: finishes it or takes it back. Within the session's order. */
  async finish(repo: RepositoryContext, id: string): Promise<void> {
    const ctx = this.#ctx
    const s = await sessionState(ctx, id)
    if (s.updating === null) return
    try {
      await this.#settle(repo, s, s.updating)
    } catch (error) {
      if (!(error instanceof WorktrainError)) throw error
      const why = `Worktrain ended in the middle of it, and it could not be taken back: ${error.message}`
      const { to } = s.updating
      const by = { cause: 'reconcile' }
      await tell(ctx, id, 'session.updated', { from: s.base.oid, to, result: 'refused', why }, by)
    }
    await this.#release(id)
  }

  /**
   * A hold outlives the supervisor that asked for it, and no turn would begin for as long as it lasts: it ends
   * here, unless an update has still to be finished. Within the session's order.
   */
  async letGo(id: string): Promise<void> {
    if ((await sessionState(this.#ctx, id)).updating === null) await this.#release(id)
  }

  async #settle(
    repo: RepositoryContext,
    s: SessionState,
    updating: NonNullable<SessionState['updating']>,
  ): Promise<void> {
    const ctx = this.#ctx
    const workspace = workspaceOf(ctx, repo, s)
    if (!workspace) return
    const { to, how } = updating
    const working = isLive(s) && s.activity.state !== 'idle'
    const back = working
      ? false
      : await ctx.workspaces.takeBackUpdate(workspace, runInCell(ctx, repo, s), updating)
    const { head } = await save(ctx, repo, s.id, 'restart')
    const done = head !== null && (await isAncestor(repo.repository, to, head))
    const by = { actor: self, cause: 'reconcile' }
    if (done) {
      const result = how === 'merge' ? 'merged' : 'rebased'
      await ctx.journal.append(await updatedTo(ctx, repo, s, { result, to, head }, by))
    } else {
      const why = back ? 'Worktrain ended in the middle of it' : 'Worktrain ended before it was done'
      await tell(ctx, s.id, 'session.updated', { from: s.base.oid, to, result: 'interrupted', why }, by)
    }
  }

  /**
   * Works in a time in which no turn can begin, and nothing is unknown of the last one. Within the session's order.
   * @throws SESSION_BUSY when there is no such time
   */
  async quietly<T>(s: SessionState, work: () => Promise<T>): Promise<T> {
    if (!isLive(s)) return work()
    const quiet = await this.#hold(s)
    try {
      if (!quiet) throw new WorktrainError('SESSION_BUSY', `${s.name} is just doing something.`)
      return await work()
    } finally {
      await this.#release(s.id)
    }
  }

  async #release(id: string): Promise<void> {
    if (!this.#hosts.isConnected(id)) return
    try {
      await this.#hosts.request(id, { op: 'release' })
    } catch (error) {
      // Such a one holds nothing.
      if (!(error instanceof WorktrainError) || error.code !== 'HOST_OUTDATED') throw error
    }
  }

  async #hold(s: SessionState): Promise<boolean> {
    return (await this.#hosts.request<{ quiet: boolean }>(s.id, { op: 'hold', ms: HOLD_MS })).quiet
  }

  async #bring(
    repo: RepositoryContext,
    id: string,
    how: 'merge' | 'rebase',
    actor: Actor,
  ): Promise<Pick<Updated, 'result' | 'files'>> {
    const ctx = this.#ctx
    const s = await save(ctx, repo, id, 'before updating')
    const workspace = workspaceOf(ctx, repo, s)
    if (!workspace) throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no workspace.`)
    const main = await readRef(repo.repository, `refs/heads/${repo.target}`)
    if (!main) throw new WorktrainError('TARGET_UNKNOWN', `There is no branch ${repo.target}.`)
    const by = { actor, cause: 'update' }
    await tell(ctx, id, 'session.updating', { to: main, how }, by)
    let done: Updated
    try {
      done = await ctx.workspaces.update(workspace, main, runInCell(ctx, repo, s), how)
    } catch (error) {
      const why = toErrorBody(error).message
      await tell(ctx, id, 'session.updated', { from: s.base.oid, to: main, result: 'refused', why }, by)
      throw error
    }
    const { result, head, files } = done
    if (result === 'merged' || result === 'rebased')
      await ctx.journal.append(await updatedTo(ctx, repo, s, { result, to: main, head }, by))
    else
      await tell(
        ctx,
        id,
        'session.updated',
        { from: s.base.oid, to: main, result: result === 'current' ? 'merged' : result },
        by,
      )
    // Where the session has merged main itself, its own work is what is beyond that from now on.
    if (result !== 'current' || s.base.oid !== main) await turnEnded(ctx, repo, id, 'after updating')
    return { result, files }
  }
}

/** Together: an agent whose files have changed under it must hear of it. */
async function updatedTo(
  ctx: Context,
  repo: RepositoryContext,
  s: SessionState,
  { result, to, head }: { result: 'merged' | 'rebased'; to: string; head: string },
  by: { actor: Actor; cause: string },
): Promise<Draft[]> {
  const updated = sessionEvent(s.id, 'session.updated', { from: s.base.oid, to, result }, by)
  if (!hears(s)) return [updated]
  const files = s.head === null ? [] : await changedFiles(repo.repository, s.head, head)
  const text = updatedNews(await movementFor(ctx, repo, s, to), result, files)
  return [updated, sessionEvent(s.id, 'session.news', { main: to, text }, by)]
}

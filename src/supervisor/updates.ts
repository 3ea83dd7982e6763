/** Bringing main into a session's branch: asked for by the person, or by itself between two turns. */
import { isAncestor, inRepository, readRef } from '../git/index.ts'
import { type Actor, toErrorBody, WorktrainError } from '../protocol/index.ts'
import { updatedNews } from '../sessions/news.ts'
import { isLive, type SessionState } from '../sessions/state.ts'
import { mayUpdate } from '../sessions/updating.ts'
import { UPDATE_LIMIT } from '../workspaces/update.ts'
import type { Updated } from '../workspaces/workspace.ts'
import { type Context, self, sessionState, tell } from './context.ts'
import type { Hosts } from './hosts.ts'
import { movementFor } from './news.ts'
import type { RepositoryContext } from './repositories.ts'
import { save, turnEnded } from './turns.ts'
import { runInCell, workspaceOf } from './workspaces.ts'

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
    return this.#quietly(s, () => this.#bring(repo, id, how, actor))
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
      await this.#quietly(s, () => this.#bring(repo, id, how, self))
    } catch (error) {
      if (!(error instanceof WorktrainError)) throw error
      if (error.code === 'SESSION_BUSY') return false
      // Said on the session; it is tried again when main or the session moves.
      ctx.log.info('a session was not updated', { session: id, error })
    }
    return true
  }

  /** After a crash in the middle of one. Within the session's order. */
  async finish(repo: RepositoryContext, id: string): Promise<void> {
    const ctx = this.#ctx
    const s = await sessionState(ctx, id)
    const workspace = workspaceOf(ctx, repo, s)
    if (s.updating === null || !workspace) return
    const { to, how } = s.updating
    const working = isLive(s) && s.activity.state !== 'idle'
    const back = working
      ? false
      : await ctx.workspaces.takeBackUpdate(workspace, runInCell(ctx, repo, s), s.updating)
    const { head } = await save(ctx, repo, id, 'restart')
    const done = head !== null && (await isAncestor(repo.repository, to, head))
    const why = back ? 'Worktrain ended in the middle of it' : 'Worktrain ended before it was done'
    await tell(
      ctx,
      id,
      'session.updated',
      done
        ? { from: s.base.oid, to, result: how === 'merge' ? 'merged' : 'rebased' }
        : { from: s.base.oid, to, result: 'interrupted', why },
      { cause: 'reconcile' },
    )
    if (this.#hosts.isConnected(id)) await this.#hosts.request(id, { op: 'release' })
  }

  /** In a time in which no turn can begin, and nothing is unknown of the last one. */
  async #quietly<T>(s: SessionState, work: () => Promise<T>): Promise<T> {
    if (!isLive(s)) return work()
    const quiet = await this.#hold(s)
    try {
      if (!quiet) throw new WorktrainError('SESSION_BUSY', `${s.name} is just doing something.`)
      return await work()
    } finally {
      if (this.#hosts.isConnected(s.id)) await this.#hosts.request(s.id, { op: 'release' })
    }
  }

  async #hold(s: SessionState): Promise<boolean> {
    try {
      return (await this.#hosts.request<{ quiet: boolean }>(s.id, { op: 'hold', ms: HOLD_MS })).quiet
    } catch (error) {
      if (!(error instanceof WorktrainError) || error.code !== 'USAGE') throw error
      const why = `${s.name} was started by an earlier version, which cannot keep a turn from beginning.`
      throw new WorktrainError('SESSION_WRONG_STATE', why, {
        hint: `worktrain stop ${s.name}; worktrain resume ${s.name}`,
      })
    }
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
    const told = result === 'current' ? 'merged' : result
    const news =
      result === 'merged' || result === 'rebased'
        ? updatedNews(await movementFor(ctx, repo, s, main), result, await changedBetween(repo, s.head, head))
        : null
    await tell(ctx, id, 'session.updated', { from: s.base.oid, to: main, result: told }, by)
    // Before the prediction that follows: of one movement of main it is told once.
    if (news !== null && s.process.everRan) await tell(ctx, id, 'session.news', { main, text: news }, by)
    if (result !== 'current') await turnEnded(ctx, repo, id, 'after updating')
    return { result, files }
  }
}

async function changedBetween(repo: RepositoryContext, old: string | null, head: string): Promise<string[]> {
  if (old === null) return []
  const { stdout } = await inRepository(repo.repository, [
    ...['diff-tree', '-r', '-z', '--no-renames', '--name-only', '--end-of-options', old, head],
  ])
  return stdout.split('\0').filter((name) => name !== '')
}

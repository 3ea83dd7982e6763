/** Stop, resume, remove, restore: life and afterlife of a session. */
import { dirname, join } from 'node:path'
import { type Actor, ERRORS, type ErrorCode, WorktrainError } from '../../protocol/index.ts'
import { isLive } from '../../sessions/state.ts'
import type { RemovalCheck } from '../../workspaces/workspace.ts'
import { allSessions, type Context, sessionState, tell } from '../context.ts'
import type { Drive } from './drive.ts'
import type { Hosts } from './hosts.ts'
import { launch } from './launch.ts'
import type { RepositoryContext } from '../repositories.ts'
import { placesApart } from '../leftovers/trash.ts'
import { save } from './turns.ts'
import { specOf, workspaceOf } from './workspaces.ts'

/** Between SIGHUP, SIGTERM and SIGKILL, ms. Claude Code needs 1.6 s to end its hooks and children (facts 2.6). */
const GRACE_MS = 4000
/** A kill answers when nobody is left; this is when we stop believing it. */
const STOP_DEADLINE_MS = 30_000

export class Life {
  readonly #ctx: Context
  readonly #hosts: Hosts
  readonly #drive: Drive

  constructor(ctx: Context, hosts: Hosts, drive: Drive) {
    this.#ctx = ctx
    this.#hosts = hosts
    this.#drive = drive
  }

  /** Ends the session's processes, every descendant; its work stays. Returns once the end is journalled. */
  async stop(id: string, actor: Actor): Promise<void> {
    const ctx = this.#ctx
    // One that is being prepared or started is waited for: it ends as a whole or not at all.
    await ctx.inOrder(id, async () => {})
    const s = await sessionState(ctx, id)
    if (!isLive(s)) {
      if (s.stage === 'planned' || s.stage === 'waiting') {
        await tell(
          ctx,
          id,
          'session.stage',
          { stage: 'discarded', why: 'stopped before it started' },
          { actor, cause: 'stop' },
        )
        return
      }
      throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no live process.`)
    }
    const ended = this.#ended(id, s.process.generation)
    await tell(ctx, id, 'session.stopping', {}, { actor, cause: 'stop' })
    await this.#hosts.request(id, { op: 'kill', grace: GRACE_MS })
    await ended
  }

  /** Resolves when the journal knows the end of this generation. */
  async #ended(id: string, generation: number): Promise<void> {
    const { journal } = this.#ctx
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        unsubscribe()
        reject(new WorktrainError('INTERNAL', 'The session did not end in time.'))
      }, STOP_DEADLINE_MS)
      const unsubscribe = journal.subscribe((events) => {
        const end = events.some(
          (e) =>
            e.id === id &&
            (e.type === 'process.exited' || e.type === 'process.lost') &&
            e.data.generation === generation,
        )
        if (!end) return
        clearTimeout(timer)
        unsubscribe()
        resolve()
      })
    })
  }

  /** Continues a session whose process has gone, or whose preparation failed. Within the session's order. */
  async resume(repo: RepositoryContext, id: string, text: string | undefined, actor: Actor): Promise<void> {
    const ctx = this.#ctx
    const s = await sessionState(ctx, id)
    if (isLive(s))
      throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} is running.`, {
        hint: `worktrain send ${s.name} TEXT gives it more to do.`,
      })
    if (s.trashed)
      throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} is in the trash.`, {
        hint: `worktrain restore ${s.name}`,
      })
    if (s.stage === 'waiting' || s.stage === 'planned')
      throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} ${s.stageWhy}.`)
    if (!s.workspace.made || s.process.generation === 0) {
      // Preparation failed before any process: take it up where it stopped.
      await tell(ctx, id, 'session.admitted', { base: s.base }, { actor, cause: 'resume' })
      if (s.workspace.failed)
        await tell(
          ctx,
          id,
          'workspace.step',
          { step: s.workspace.made ? 'setup' : 'keep-base' },
          { actor, cause: 'resume' },
        )
      await this.#drive.prepare(repo, id)
      const { failed } = (await sessionState(ctx, id)).workspace
      if (failed) {
        const code = failed.code in ERRORS ? (failed.code as ErrorCode) : 'SETUP_FAILED'
        throw new WorktrainError(code, failed.message)
      }
      return
    }
    await this.#hosts.sweep(id)
    await save(ctx, repo, id, 'before resuming')
    const prompt = text === undefined ? null : { prompt: ctx.id('p'), text, from: 'person' as const }
    await launch(ctx, repo, this.#hosts, id, prompt)
  }

  /**
   * Moves a session to the trash, unless work would be lost. Within the session's order; the process must
   * have ended before.
   * @returns what stands in the way; nothing was removed then
   */
  async remove(
    repo: RepositoryContext,
    id: string,
    options: { discard: boolean; dryRun: boolean },
    actor: Actor,
  ): Promise<{ removed: boolean; late?: string[] } & RemovalCheck> {
    const ctx = this.#ctx
    let s = await sessionState(ctx, id)
    if (s.trashed) throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} is in the trash already.`)
    if (s.stage === 'on-train')
      throw new WorktrainError('SESSION_BUSY', `${s.name} is on the train.`, {
        hint: `worktrain train eject ${s.name}`,
      })
    if (!s.workspace.made) {
      if (options.dryRun) return { removed: false, unsafe: [], unsaved: [] }
      await ctx.workspaces.rollBack(specOf(ctx, repo, s))
      await tell(
        ctx,
        id,
        'removal.trashed',
        { directory: null, refs: [], until: ctx.now() },
        { actor, cause: 'rm' },
      )
      return { removed: true, unsafe: [], unsaved: [] }
    }
    try {
      s = await save(ctx, repo, id, 'before removal')
    } catch (error) {
      // Deleted by hand, or its git directory tampered with: the check below says what that means.
      if (!(error instanceof WorktrainError) || error.code !== 'DIRECTORY_UNUSABLE') throw error
    }
    const workspace = workspaceOf(ctx, repo, s)
    if (!workspace) throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no workspace.`)
    const check = await ctx.workspaces.checkRemoval(workspace, repo.target, await placesApart(ctx))
    const blocked = check.unsafe.length > 0 || (check.unsaved.length > 0 && !options.discard)
    if (options.dryRun) return { removed: false, ...check }
    if (blocked) {
      const reasons = [...check.unsafe, ...check.unsaved.map((u) => `${u.what}: ${u.detail}`)]
      await tell(ctx, id, 'removal.refused', { reasons }, { actor, cause: 'rm' })
      return { removed: false, ...check }
    }
    const done = await this.finishRemoval(repo, id, actor)
    return Array.isArray(done)
      ? { removed: true, ...check, late: done }
      : { removed: false, unsafe: [done.refused], unsaved: [] }
  }

  /**
   * Also finishes a removal that an earlier supervisor began.
   * @returns what came too late to be looked at, or why it was refused at the last moment
   */
  async finishRemoval(
    repo: RepositoryContext,
    id: string,
    actor: Actor,
  ): Promise<string[] | { refused: string }> {
    const ctx = this.#ctx
    const s = await sessionState(ctx, id)
    const workspace = workspaceOf(ctx, repo, s)
    if (!workspace) return []
    try {
      const trashed = await ctx.workspaces.trash(workspace, {
        trashDir: join(dirname(workspace.path), '.trash'),
        now: ctx.now(),
        keepDays: repo.config['trash.days'],
        apart: await placesApart(ctx),
        onStep: async (step) => {
          await tell(ctx, id, 'removal.step', { step }, { actor, cause: 'rm' })
        },
      })
      await tell(ctx, id, 'removal.trashed', trashed, { actor, cause: 'rm' })
      return trashed.late ?? []
    } catch (error) {
      // Everything is as it was: the removal has not begun, for whoever takes it up later.
      if (!(error instanceof WorktrainError) || error.code !== 'REMOVAL_UNSAFE') throw error
      await tell(ctx, id, 'removal.refused', { reasons: [error.message] }, { actor, cause: 'rm' })
      return { refused: error.message }
    }
  }

  /** Brings branch, files, uncommitted state and conversation back. Within the session's order. */
  async restore(repo: RepositoryContext, id: string, actor: Actor): Promise<void> {
    const ctx = this.#ctx
    const s = await sessionState(ctx, id)
    if (!s.trashed || s.purged)
      throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} is not in the trash.`, {
        hint: 'See `worktrain trash`.',
      })
    const other = (await allSessions(ctx)).find(
      (o) =>
        o.id !== id &&
        o.repository === s.repository &&
        o.name === s.name &&
        !o.trashed &&
        o.stage !== 'discarded',
    )
    if (other)
      throw new WorktrainError('NAME_TAKEN', `Another session is called ${s.name} now.`, {
        hint: `Rename it first: worktrain rename ${s.name} NEW`,
      })
    const workspace = workspaceOf(ctx, repo, s)
    if (!workspace) {
      throw new WorktrainError(
        'SESSION_WRONG_STATE',
        `${s.name} was removed before it had a workspace: there is nothing to restore.`,
      )
    }
    const restored = await ctx.workspaces.restore(workspace, s.trashed)
    const { path, gitDir, dev, ino, token } = restored
    await tell(ctx, id, 'workspace.made', { path, gitDir, dev, ino, token }, { actor, cause: 'restore' })
    await tell(ctx, id, 'removal.restored', { path }, { actor, cause: 'restore' })
  }
}

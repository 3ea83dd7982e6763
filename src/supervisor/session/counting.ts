/** Counts the work of sessions while they work, beside everything else: see decision 0105. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { agentFor } from '../../agents/index.ts'
import { pause } from '../../client/pause.ts'
import { treeOf } from '../../git/index.ts'
import { LOOK_EVERY_MS, nextLook } from '../../sessions/counting.ts'
import { isOpen, type SessionState } from '../../sessions/state.ts'
import { allSessions, type Context, sessionState } from '../context.ts'
import type { Repositories } from '../repositories.ts'
import { counted } from './counted.ts'
import { predict } from './turns.ts'
import { workspaceOf } from './workspaces.ts'

/** A look that takes longer keeps nobody else from being looked at, ms. */
const HELD_UP_MS = 30_000

export class Counting {
  readonly #ctx: Context
  readonly #repositories: Repositories
  /** From when on their files may be other ones than were counted, by id. */
  readonly #touched = new Map<string, number>()
  /** The same of those that are being looked at. */
  readonly #looking = new Map<string, number>()
  /** When each was last looked at. */
  readonly #looked = new Map<string, number>()
  #last: { ended: number; took: number } | null = null
  #timer: NodeJS.Timeout | undefined
  #busy = false

  constructor(ctx: Context, repositories: Repositories) {
    this.#ctx = ctx
    this.#repositories = repositories
  }

  /** Begins, with those that were at work already. */
  async start(): Promise<void> {
    for (const s of await allSessions(this.#ctx)) if (isAtWork(s)) this.touched(s.id)
    void this.#listen()
  }

  /** Its files may have changed. */
  touched(id: string, since = this.#ctx.now()): void {
    this.#touched.set(id, Math.min(since, this.#touched.get(id) ?? since))
    this.#plan()
  }

  /** From when on its files may be other ones than were counted; null: they are those, as far as is known. */
  since({ id, work }: SessionState): number | null {
    const since = this.#looking.get(id) ?? this.#touched.get(id)
    return since === undefined || (work !== null && work.at >= since) ? null : since
  }

  /** Agents without hooks are heard only by what they write into their terminals. */
  async #listen(): Promise<void> {
    const { stopping, log } = this.#ctx
    while (!stopping.aborted) {
      await pause(LOOK_EVERY_MS, stopping)
      try {
        for (const s of await allSessions(this.#ctx)) if (this.#hasWritten(s)) this.touched(s.id)
      } catch (error) {
        log.error('listening to terminals failed', { error })
      }
    }
  }

  #hasWritten(s: SessionState): boolean {
    if (!isAtWork(s) || agentFor(s.brief.agent).hooks) return false
    const log = statSync(join(this.#ctx.paths.sessionState(s.id), 'raw.log'), { throwIfNoEntry: false })
    return log !== undefined && log.mtimeMs > Math.max(this.#looked.get(s.id) ?? 0, s.work?.at ?? 0)
  }

  #plan(): void {
    clearTimeout(this.#timer)
    if (this.#busy || this.#ctx.stopping.aborted) return
    const waiting = [...this.#touched]
      .filter(([id]) => !this.#looking.has(id))
      .map(([id, since]) => ({ id, since, looked: this.#looked.get(id) ?? null }))
    const next = nextLook(waiting, this.#last, this.#ctx.now())
    if (next !== null) this.#timer = setTimeout(() => void this.#look(next.id), next.wait).unref()
  }

  async #look(id: string): Promise<void> {
    const { now } = this.#ctx
    const begun = now()
    const since = this.#touched.get(id) ?? begun
    this.#busy = true
    this.#touched.delete(id)
    this.#looking.set(id, since)
    this.#looked.set(id, begun)
    const look = this.#tried(id, since, begun).then((done) => {
      this.#looking.delete(id)
      if (!done) this.touched(id, since)
    })
    const ended = new AbortController()
    await Promise.race([look, pause(HELD_UP_MS, ended.signal)])
    ended.abort()
    this.#last = { ended: now(), took: now() - begun }
    this.#busy = false
    this.#plan()
  }

  async #tried(id: string, since: number, begun: number): Promise<boolean> {
    try {
      return await this.#count(id, since, begun)
    } catch (error) {
      this.#ctx.log.warn('a session could not be looked at while it works', { session: id, error })
      return false
    }
  }

  /** @returns false when it was given up */
  async #count(id: string, since: number, at: number): Promise<boolean> {
    const ctx = this.#ctx
    const s = await sessionState(ctx, id)
    // Its turn has ended since, and what it did was saved and counted.
    if (!isAtWork(s) || (s.work !== null && s.work.at >= since)) return true
    const repo = await this.#repositories.byId(s.repository)
    const workspace = workspaceOf(ctx, repo, s)
    if (workspace === null) return true
    // What differs in nothing from its base needs no event: most programs only print at first.
    const previousTree = s.work?.tree ?? (await treeOf(repo.repository, s.base.oid))
    const present = await ctx.workspaces.lookAside(workspace, { previousTree, now: at })
    if (present === null) return false
    const { commit, tree } = present
    if (commit === null) return true
    const drafts = await counted(ctx, workspace, s, { commit, tree, at }, 'at work')
    await ctx.inOrder(id, async () => {
      const now = await sessionState(ctx, id)
      // Saved, or moved to another base, while it was counted: that is newer.
      if (now.work?.commit !== s.work?.commit || now.base.oid !== s.base.oid) return
      await ctx.journal.append(drafts)
      await predict(ctx, repo, id)
    })
    return true
  }
}

function isAtWork(s: SessionState): boolean {
  return isOpen(s) && s.process.state === 'running' && s.activity.state !== 'idle' && s.stage !== 'landed'
}

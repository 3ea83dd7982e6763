/** Brings sessions from planned to running, step by step; every step is journalled before it begins. */
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { resolveBase } from '../../git/index.ts'
import { makePrivateDirectory } from '../../platform/files.ts'
import { type EventMap, toErrorBody, WorktrainError } from '../../protocol/index.ts'
import { admission } from '../../sessions/admission.ts'
import { isOpen, type SessionState } from '../../sessions/state.ts'
import { type Context, sessionEvent, sessionState, sessionsOf, tell } from '../context.ts'
import type { Hosts } from './hosts.ts'
import { launch } from './launch.ts'
import type { Repositories, RepositoryContext } from '../repositories.ts'
import { reviewedOf } from '../reviews/reviewed.ts'
import { runInCell, specOf, tempDirOf } from './workspaces.ts'

/** A set-up command that takes longer is ended, ms. */
const SETUP_TIMEOUT_MS = 30 * 60_000

/** What may end that a session waits for the person's review: their word, the train, more to do. */
const FREES: ReadonlySet<string> = new Set<keyof EventMap>([
  ...(['review.approved', 'review.rejected', 'session.stage'] as const),
  ...(['prompt.sent', 'prompt.seen'] as const),
])

export class Drive {
  readonly #ctx: Context
  readonly #hosts: Hosts

  constructor(ctx: Context, hosts: Hosts) {
    this.#ctx = ctx
    this.#hosts = hosts
  }

  /** What no longer waits unreviewed leaves its place to another, whoever settled it and wherever. */
  follow(repositories: Pick<Repositories, 'byId'>): void {
    const ctx = this.#ctx
    const freed = async (session: string) =>
      this.advance(await repositories.byId((await sessionState(ctx, session)).repository))
    ctx.journal.subscribe((events) => {
      for (const { type, id } of events)
        if (FREES.has(type))
          void freed(id).catch((error: unknown) => ctx.log.error('admitting failed', { session: id, error }))
    })
  }

  /** Admits what may start now and sets it going. Safe to call at any time, any number of times. */
  async advance(repo: RepositoryContext): Promise<void> {
    const ctx = this.#ctx
    // One after another, so that two free places are not given to the same session twice.
    await ctx.inOrder(`admit:${repo.repository.id}`, async () => {
      const planned = (await sessionsOf(ctx, repo.repository)).filter(
        (s) => (s.stage === 'planned' || s.stage === 'waiting') && isOpen(s),
      )
      for (const { id } of planned) await ctx.inOrder(id, () => this.#admit(repo, id))
    })
    for (const s of await sessionsOf(ctx, repo.repository)) {
      if (s.stage !== 'preparing' || s.workspace.failed) continue
      void ctx
        .inOrder(s.id, () => this.prepare(repo, s.id))
        .catch((error) => ctx.log.error('preparing failed', { session: s.id, error }))
    }
  }

  async #admit(repo: RepositoryContext, id: string): Promise<void> {
    const ctx = this.#ctx
    const s = await sessionState(ctx, id)
    if (s.stage !== 'planned' && s.stage !== 'waiting') return
    const all = await sessionsOf(ctx, repo.repository)
    const limits = {
      active: s.activeLimit ?? repo.config['limits.active'],
      unreviewed: s.unreviewedLimit ?? repo.config['limits.unreviewed'],
    }
    const verdict = admission(s, all, limits, await reviewedOf(ctx, all))
    if (!verdict.admit) {
      const { for: names, why, because } = verdict
      if (s.stage !== 'waiting' || s.stageWhy !== why || s.waitsBecause !== because)
        await tell(ctx, id, 'session.waiting', { for: names, why, because }, { cause: 'admission' })
      return
    }
    // One that had to wait starts from the main of now, which holds what it waited for. A base chosen by
    // name stays as chosen.
    const waited = s.stage === 'waiting' && !s.base.chosen.includes('as named')
    const base = waited
      ? await resolveBase(repo.repository, { ref: null, fetch: false, target: repo.target })
      : s.base
    await tell(ctx, id, 'session.admitted', { base }, { cause: 'admission' })
  }

  /** Makes the workspace, runs the set-up, starts the agent: whatever is still missing. Within the session's order. */
  async prepare(repo: RepositoryContext, id: string): Promise<void> {
    const ctx = this.#ctx
    let s = await sessionState(ctx, id)
    if (
      s.stage !== 'preparing' ||
      s.workspace.failed ||
      s.process.state === 'starting' ||
      s.process.state === 'running'
    )
      return
    try {
      // A landing may have changed the configuration since it was planned.
      repo.requireTrust()
      makePrivateDirectory(ctx.paths.sessionState(id))
      if (!s.workspace.made) await this.#make(repo, s)
      s = await sessionState(ctx, id)
      await this.#setUp(repo, s)
      await launch(ctx, repo, this.#hosts, id, null)
    } catch (error) {
      const body = toErrorBody(error)
      ctx.log.warn('a session could not be prepared', { session: id, error })
      s = await sessionState(ctx, id)
      await tell(
        ctx,
        id,
        'workspace.failed',
        { code: body.code, message: body.message, step: s.workspace.step },
        { cause: 'prepare' },
      )
    }
  }

  async #make(repo: RepositoryContext, s: SessionState): Promise<void> {
    const ctx = this.#ctx
    const spec = specOf(ctx, repo, s)
    // A step begun and not ended: an earlier supervisor died in it. What it left is removed first.
    if (s.workspace.step !== null) await ctx.workspaces.rollBack(spec)
    const made = await ctx.workspaces.make(spec, async (step) => {
      await tell(ctx, s.id, 'workspace.step', { step }, { cause: 'prepare' })
    })
    const { path, gitDir, dev, ino, token, notes } = made
    await tell(
      ctx,
      s.id,
      'workspace.made',
      { path, gitDir, dev, ino, token, ...(notes ? { notes } : {}) },
      { cause: 'prepare' },
    )
  }

  async #setUp(repo: RepositoryContext, s: SessionState): Promise<void> {
    const ctx = this.#ctx
    const done = new Set(s.workspace.setup.filter((x) => x.exit === 0).map((x) => x.command))
    const commands =
      s.workspace.kind === 'existing' ? [] : repo.config.setup.filter((command) => !done.has(command))
    if (commands.length === 0) return
    const path = join(ctx.paths.sessionState(s.id), 'setup.log')
    mkdirSync(tempDirOf(ctx, s.id), { recursive: true, mode: 0o700 })
    const log = createWriteStream(path, { flags: 'a', mode: 0o600 })
    try {
      for (const command of commands) {
        await tell(ctx, s.id, 'workspace.step', { step: 'setup' }, { cause: 'prepare' })
        log.write(`$ ${command}\n`)
        const result = await runInCell(
          ctx,
          repo,
          s,
        )({
          argv: ['/bin/sh', '-c', command],
          cwd: s.workspace.path,
          onOutput: (chunk) => log.write(chunk),
          timeoutMs: SETUP_TIMEOUT_MS,
        })
        await ctx.journal.append([
          sessionEvent(
            s.id,
            'workspace.setup',
            { command, exit: result.exit, log: path },
            { cause: 'prepare' },
          ),
        ])
        if (result.exit !== 0) {
          const last = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-3).join('\n')
          throw new WorktrainError(
            'SETUP_FAILED',
            `The set-up command \`${command}\` ended with ${result.signal ?? `exit ${result.exit}`}: ${last}`,
          )
        }
      }
    } finally {
      await new Promise((resolve) => log.end(resolve))
    }
  }
}

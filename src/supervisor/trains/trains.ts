/** Wires each repository's train to sessions, cells and prompts. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { agentFor } from '../../agents/index.ts'
import { isAncestor, readRef } from '../../git/index.ts'
import type { ChangeView } from '../../protocol/api.ts'
import { namedFiles } from '../../protocol/file-names.ts'
import { type Actor, WorktrainError } from '../../protocol/index.ts'
import { isLive, isOpen, type SessionState } from '../../sessions/state.ts'
import { changeProjection, createTrain, type Train } from '../../train/index.ts'
import type { Change } from '../../train/ports.ts'
import { checkRunner } from './checks.ts'
import { configuredDriver } from './merge-driver.ts'
import { environmentOf } from './environment.ts'
import { settingsOf } from './settings.ts'
import { type Context, self, sessionState, tell } from '../context.ts'
import { type Ends, type Outcomes, queuedAs } from './outcomes.ts'
import type { Repositories, RepositoryContext } from '../repositories.ts'
import { requireResolver, takenUpBy } from './resolvers.ts'
import { changeCalled } from './steering.ts'
import { save } from '../session/turns.ts'
import { changesOf } from '../session/changes.ts'
import { workspaceOf } from '../session/workspaces.ts'

export class Trains {
  readonly #ctx: Context
  readonly #outcomes: Outcomes
  readonly #repositories: Repositories
  readonly #trains = new Map<string, Train>()

  constructor(ctx: Context, repositories: Repositories, outcomes: Outcomes) {
    this.#repositories = repositories
    this.#ctx = ctx
    this.#outcomes = outcomes
  }

  /** The repository's train; recovered and running from the first call on. */
  async of(repo: RepositoryContext): Promise<Train> {
    return this.#ctx.inOrder(`train:${repo.repository.id}`, async () => {
      const known = this.#trains.get(repo.repository.id)
      if (known) return known
      const ctx = this.#ctx
      const stateDir = join(ctx.paths.state, 'trains', repo.repository.id)
      mkdirSync(stateDir, { recursive: true, mode: 0o700 })
      const current = () => this.#repositories.byId(repo.repository.id)
      // A landing may have changed the configuration; one that cannot be read must not keep anybody from hearing.
      const latest = () => current().catch(() => repo)
      const ends: Ends = {
        withdraw: (change, why) => train.withdraw(change, why, self),
        returned: (change, to) => train.returned(change, to, self),
      }
      const train: Train = createTrain({
        journal: ctx.journal,
        repository: repo.repository,
        target: async () => repo.target,
        stateDir,
        runCheck: checkRunner(ctx, current),
        setup: async () => (await current()).trainSetup(),
        now: ctx.now,
        id: ctx.id,
        log: ctx.log,
        actor: self,
        driver: async () => configuredDriver(ctx, await current(), join(stateDir, 'drivers')),
        remote: async () => (await current()).config['train.push'],
        settings: settingsOf(current, environmentOf(ctx, current, stateDir)),
        onEjected: async (change) => this.#outcomes.ejected(await latest(), change, ends),
        onLanded: async (change) => this.#outcomes.landed(await latest(), change, ends),
      })
      await train.recover()
      this.#trains.set(repo.repository.id, train)
      await this.#outcomes.catchUp(repo, ends)
      void train
        .run(ctx.stopping)
        .catch((error) => ctx.log.error('the train stopped', { repository: repo.repository.root, error }))
      return train
    })
  }

  /**
   * Puts a session's branch on the train, at the commit it is now. One that has landed as it is stays so.
   * @param options.onlyTree refuse any other state of the work: REVIEW_STALE
   * @param options.again its ejected change, put on once more; default: a new one
   * @throws SESSION_BUSY, WORK_UNCOMMITTED, NOTHING_TO_LAND, SESSION_WRONG_STATE, UNTRUSTED
   */
  async land(
    repo: RepositoryContext,
    id: string,
    actor: Actor,
    options: { again?: Change; priority?: number; onlyTree?: string } = {},
  ): Promise<Change> {
    const ctx = this.#ctx
    const before = await sessionState(ctx, id)
    refuseUnready(before)
    const s = await save(ctx, repo, id, 'before the train')
    if (options.again && s.diverged)
      throw new WorktrainError('SESSION_WRONG_STATE', `${s.branch} was moved outside the session.`, {
        hint: `worktrain why ${s.name}`,
      })
    const workspace = workspaceOf(ctx, repo, s)
    if (!workspace || !s.head) throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no workspace.`)
    const uncommitted = await ctx.workspaces.changes(workspace, s.head)
    if (uncommitted.length > 0) {
      const files = uncommitted.map((c) => c.path)
      throw new WorktrainError(
        'WORK_UNCOMMITTED',
        `${s.name} has uncommitted files: ${namedFiles(files, 5)}.`,
        {
          // A plain command takes no prompts.
          hint: agentFor(s.brief.agent).resumable
            ? `Have it committed: worktrain send ${s.name} "Commit your work."`
            : `Commit it in ${s.workspace.path}, then land it.`,
          details: { files },
        },
      )
    }
    if (options.onlyTree !== undefined && s.snapshot?.tree !== options.onlyTree)
      throw new WorktrainError('REVIEW_STALE', `${s.name} has changed since it was approved.`, {
        hint: `worktrain review ${s.name} --against approved`,
      })
    const main = await readRef(repo.repository, `refs/heads/${repo.target}`)
    if (main && (await isAncestor(repo.repository, s.head, main))) {
      const last = (await changesOf(ctx, id)).at(-1)
      if (s.stage === 'landed' && last?.state === 'landed') return last
      throw new WorktrainError('NOTHING_TO_LAND', `${s.branch} holds no commit that ${repo.target} lacks.`, {
        hint: `See what it did with \`worktrain why ${s.name}\`; \`worktrain rm ${s.name}\` removes it.`,
      })
    }
    const checks = s.brief.checks.length > 0 ? s.brief.checks : repo.checks()
    const train = await this.of(repo)
    const resolved = s.resolves && (await ctx.journal.get<Change>(changeProjection, s.resolves.change))
    const undoes = resolved?.state.undoes
    const request = {
      session: s.id,
      name: s.name,
      branch: s.branch,
      head: s.head,
      target: repo.target,
      checks,
      message: landingMessage(s),
      ...(options.priority === undefined ? {} : { priority: options.priority }),
      // What repairs an undo takes the same landing back.
      ...(undoes ? { undoes } : {}),
    }
    const change = options.again
      ? await train.retry(options.again.id, actor)
      : await train.enqueue(request, actor)
    await tell(ctx, id, 'session.stage', queuedAs(change.id), { actor, cause: 'land' })
    return change
  }

  /** A session that was removed asks for nothing more: an ejected change of it is no longer kept for a retry. */
  async forget(repo: RepositoryContext, session: string, actor: Actor): Promise<void> {
    const changes = (await this.#ctx.journal.list<Change>(changeProjection)).map((row) => row.state)
    const train = await this.of(repo)
    for (const change of changes) {
      if (change.session === session && change.state === 'ejected')
        await train.withdraw(change.id, 'its session was removed', actor)
    }
  }

  /**
   * @param change id, name or a unique beginning of its name
   * @throws SESSION_UNKNOWN, NAME_AMBIGUOUS, and what the act itself throws
   */
  async steer(
    repo: RepositoryContext,
    change: string,
    act: (train: Train, found: ChangeView) => Promise<unknown>,
  ): Promise<ChangeView> {
    const train = await this.of(repo)
    const found = changeCalled((await train.view()).changes, change)
    await act(train, found)
    const after = (await train.view()).changes.find((c) => c.id === found.id)
    return after ?? found
  }

  /** @param resolveWith agent that takes it up when it is ejected again and its own session cannot */
  async retry(train: Train, { id, session }: ChangeView, actor: Actor, resolveWith?: string): Promise<void> {
    const ctx = this.#ctx
    if (session === null) {
      if (resolveWith !== undefined) await requireResolver(ctx, resolveWith)
      await train.retry(id, actor, resolveWith)
      return
    }
    await ctx.inOrder(session, async () => {
      if (resolveWith !== undefined) await takenUpBy(ctx, session, resolveWith, actor)
      await train.retry(id, actor)
      if (isOpen(await sessionState(ctx, session)))
        await tell(ctx, session, 'session.stage', queuedAs(id), { actor, cause: 'retry' })
    })
  }
}

function refuseUnready(s: SessionState): void {
  if (!s.workspace.made || s.trashed)
    throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} is ${s.stage}: there is nothing to land.`)
  if (isLive(s) && (s.activity.state === 'working' || s.background > 0)) {
    throw new WorktrainError('SESSION_BUSY', `${s.name} is still working: ${s.activity.evidence}.`)
  }
  if (s.questions.length > 0)
    throw new WorktrainError('SESSION_BUSY', `${s.name} waits for an answer: ${s.questions[0]?.summary}.`)
}

function landingMessage(s: SessionState): string {
  const title = s.brief.goal.split('\n')[0]?.trim().slice(0, 72) ?? s.name
  return `${s.name}: ${title}\n\n${s.handoff?.claims?.behaviourChanged ?? ''}`.trimEnd()
}

/** What follows from a change that landed or was ejected, for its own session. */
import { existsSync } from 'node:fs'
import { agentFor } from '../../agents/index.ts'
import { type ChangeEvents, type Draft, toErrorBody } from '../../protocol/index.ts'
import { isLive, type SessionState } from '../../sessions/state.ts'
import { type WayBack, wayBack, wayBackAlone } from '../../sessions/way-back.ts'
import { changeProjection, ejectionPrompt, isActive } from '../../train/index.ts'
import type { Change } from '../../train/ports.ts'
import { changesOf, ejectionsOf } from '../session/changes.ts'
import { type Context, sessionEvent, sessionsOf, sessionState, tell } from '../context.ts'
import type { Drive } from '../session/drive.ts'
import type { Hosts } from '../session/hosts.ts'
import type { Others } from './others.ts'
import type { Prompts } from '../session/prompts.ts'
import type { RepositoryContext } from '../repositories.ts'
import { planResolver } from './resolvers.ts'
import { forgetUndo } from './undo.ts'

/** The stage of a session whose change was put on the train. */
export const queuedAs = (change: string) => ({ stage: 'on-train', why: `queued as ${change}` }) as const

/** How the train is told what became of an ejected change. */
export interface Ends {
  /** It is off for good. */
  withdraw: (change: string, why: string) => Promise<unknown>
  /** It has no session: this is who has it now. */
  returned: (change: string, to: ChangeEvents['change.returned']) => Promise<unknown>
}

export class Outcomes {
  readonly #ctx: Context
  readonly #hosts: Hosts
  readonly #prompts: Prompts
  readonly #drive: Drive
  readonly #others: Others

  constructor(ctx: Context, parts: { hosts: Hosts; prompts: Prompts; drive: Drive; others: Others }) {
    this.#ctx = ctx
    this.#hosts = parts.hosts
    this.#prompts = parts.prompts
    this.#drive = parts.drive
    this.#others = parts.others
  }

  /**
   * An earlier supervisor may have died between a change's end and what follows from it: everything is read
   * from where the change and its session stand.
   */
  async catchUp(repo: RepositoryContext, ends: Ends): Promise<void> {
    const ctx = this.#ctx
    for (const s of await sessionsOf(ctx, repo.repository)) {
      const newest = (await changesOf(ctx, s.id)).at(-1)
      if (s.stage !== 'on-train') {
        // Put on again, and not told.
        if (newest && isActive(newest) && s.trashed === null)
          await tell(ctx, s.id, 'session.stage', queuedAs(newest.id), { cause: 'reconcile' })
        if (s.stage === 'landed') await this.#settleResolved(repo, s, ends)
      } else if (newest?.state === 'landed') await this.landed(repo, newest, ends)
      else if (newest?.state === 'ejected') await this.ejected(repo, newest, ends)
      // The session was told before its change was queued, or the other way round: neither counts alone.
      else if (!newest || newest.state === 'withdrawn') {
        const why = 'its change is not on the train'
        await tell(ctx, s.id, 'session.stage', { stage: 'active', why }, { cause: 'reconcile' })
      }
    }
    for (const { state: change } of await ctx.journal.list<Change>(changeProjection)) {
      if (change.repository !== repo.repository.id || change.session !== null) continue
      if (change.state === 'ejected' && change.returned === null) await this.ejected(repo, change, ends)
      else if (change.state === 'landed') await forgetUndo(repo, change)
    }
  }

  /** @param change a landed one */
  async landed(repo: RepositoryContext, change: Change, ends: Ends): Promise<void> {
    const ctx = this.#ctx
    const id = change.session
    if (id !== null) {
      await ctx.inOrder(id, async () => {
        const s = await sessionState(ctx, id)
        const drafts: Draft[] = [landedStage(s, change, '')]
        const resolved = s.resolves?.session ? await sessionState(ctx, s.resolves.session) : null
        // Together: a landing that counts for two must not be told to one of them alone.
        if (resolved && resolved.stage !== 'landed' && s.resolves)
          drafts.push(await this.#landedFor(resolved, s, change))
        await ctx.journal.append(drafts)
        await this.#settleResolved(repo, await sessionState(ctx, id), ends)
      })
    } else await forgetUndo(repo, change)
    await this.#drive.advance(repo)
    this.#others.moved(repo)
  }

  /** Its change landed as part of the one that repaired it. */
  async #landedFor(resolved: SessionState, by: SessionState, change: Change): Promise<Draft> {
    const own = (await changesOf(this.#ctx, resolved.id)).find(({ id }) => id === by.resolves?.change)
    return landedStage(resolved, { ...change, head: own?.head ?? change.head }, `, by ${by.name}`)
  }

  /** The change that a landed session repaired has landed with it, and asks for nothing more. */
  async #settleResolved(repo: RepositoryContext, s: SessionState, ends: Ends): Promise<void> {
    if (!s.resolves || s.stage !== 'landed') return
    const stored = await this.#ctx.journal.get<Change>(changeProjection, s.resolves.change)
    if (stored?.state.state !== 'ejected') return
    await ends.withdraw(s.resolves.change, `it landed with the change of ${s.name}, which repaired it`)
    await forgetUndo(repo, stored.state)
  }

  /** Back to who can repair it: its own session, one that is started for it, or the person. */
  async ejected(repo: RepositoryContext, change: Change, ends: Ends): Promise<void> {
    const id = change.session
    if (id === null) await this.#ctx.inOrder(change.id, () => this.#ejectedAlone(repo, change.id, ends))
    else await this.#ctx.inOrder(id, () => this.#ejectedOf(repo, change, id))
    await this.#drive.advance(repo)
  }

  async #ejectedOf(repo: RepositoryContext, change: Change, id: string): Promise<void> {
    const ctx = this.#ctx
    const s = await sessionState(ctx, id)
    if (s.stage !== 'on-train') return
    const ejections = await ejectionsOf(ctx, await changesOf(ctx, id))
    const reason = change.ejected?.reason ?? 'error'
    const resolver = s.resolver ?? repo.config['train.resolve_with']
    const limits = { attempts: repo.config['train.attempts'], takesPrompts: takesPrompts(s), resolver }
    let way: WayBack = wayBack({ reason, ejections }, s, limits)
    let after = ''
    if (way.to === 'agent') {
      try {
        const planned = await planResolver(ctx, repo, change, s, ejections, way.agent)
        after = `; ${planned.name} repairs it`
      } catch (error) {
        const why = `${way.agent} could not be started on it: ${toErrorBody(error).message}`
        way = { to: 'person', why }
      }
    }
    if (way.to === 'person') after = `; ${way.why}`
    const detail = change.ejected?.detail ?? ''
    const why = `ejected from the train: ${after === '' ? detail : detail.replace(/\.$/, '') + after}`
    const asks = way.to === 'person' ? { asks: true as const } : {}
    const cause = change.id
    const text = ejectionPrompt(change)
    // Together: after a crash in between, the prompt would never be given.
    await ctx.journal.append([
      sessionEvent(id, 'session.stage', { stage: 'active', why, ...asks }, { cause }),
      ...(way.to === 'session'
        ? [sessionEvent(id, 'prompt.queued', { prompt: ctx.id('p'), text, from: 'train' }, { cause })]
        : []),
    ])
    if (way.to !== 'session') return
    try {
      if (s.process.state === 'lost') await this.#hosts.sweep(id)
      await this.#prompts.deliver(repo, id)
    } catch (error) {
      // It stays queued, and is given when the session can take it; until then the person sees the ejection.
      ctx.log.warn('an ejected change could not be sent back yet', { session: id, error })
    }
  }

  /** A change without a session, such as the taking back of a landing. */
  async #ejectedAlone(repo: RepositoryContext, id: string, ends: Ends): Promise<void> {
    const ctx = this.#ctx
    const change = (await ctx.journal.get<Change>(changeProjection, id))?.state
    if (change?.state !== 'ejected' || change.returned !== null) return
    const ejections = await ejectionsOf(ctx, [change])
    const way = wayBackAlone(
      { reason: change.ejected?.reason ?? 'error', ejections },
      {
        attempts: repo.config['train.attempts'],
        resolver: change.resolver ?? repo.config['train.resolve_with'],
      },
    )
    if (way.to !== 'agent') {
      await ends.returned(id, way)
      return
    }
    try {
      const { name } = await planResolver(ctx, repo, change, null, ejections, way.agent)
      await ends.returned(id, { to: 'agent', why: `${name} repairs it.` })
    } catch (error) {
      const why = `${way.agent} could not be started on it: ${toErrorBody(error).message}`
      await ends.returned(id, { to: 'person', why })
    }
  }
}

function landedStage(s: SessionState, change: Change, how: string): Draft {
  // The session may have gone on meanwhile: then this was a part of its work.
  const done = s.head === change.head
  const stage = done
    ? ({ stage: 'landed', why: `landed as ${change.landed?.commit.slice(0, 10)}${how}` } as const)
    : ({
        stage: 'active',
        why: `landed up to ${change.head.slice(0, 10)}${how}; it has gone on since`,
      } as const)
  return sessionEvent(s.id, 'session.stage', stage, { cause: change.id })
}

/** Can it be given a prompt, now or by continuing its conversation? */
export function takesPrompts(s: SessionState): boolean {
  const agent = agentFor(s.brief.agent)
  if (s.trashed !== null || !s.workspace.made || !existsSync(s.workspace.path)) return false
  if (isLive(s) && !s.process.headless) return agent.keys('x', { bracketedPaste: true }) !== null
  return agent.resumable && s.process.everRan
}

/** What follows from a change that landed or was ejected: for its own session, and for the others. */
import { changeProjection, ejectionPrompt } from '../train/index.ts'
import type { Change } from '../train/ports.ts'
import { isLive } from '../sessions/state.ts'
import { type Context, self, sessionsOf, sessionState, tell } from './context.ts'
import type { Drive } from './drive.ts'
import type { Prompts } from './prompts.ts'
import type { RepositoryContext } from './repositories.ts'
import { predictAll } from './turns.ts'

export class Outcomes {
  readonly #ctx: Context
  readonly #prompts: Prompts
  readonly #drive: Drive

  constructor(ctx: Context, prompts: Prompts, drive: Drive) {
    this.#ctx = ctx
    this.#prompts = prompts
    this.#drive = drive
  }

  /** An earlier supervisor may have died between a change's end and what follows from it. */
  async catchUp(repo: RepositoryContext): Promise<void> {
    const ctx = this.#ctx
    const changes = (await ctx.journal.list<Change>(changeProjection)).map((row) => row.state)
    for (const s of await sessionsOf(ctx, repo.repository)) {
      if (s.stage !== 'on-train') continue
      const newest = changes.filter((c) => c.session === s.id).sort((a, b) => b.queuedAt - a.queuedAt)[0]
      if (newest?.state === 'landed') await this.landed(repo, newest)
      else if (newest?.state === 'ejected') await this.ejected(repo, newest)
      // The session was told before its change was queued, or the other way round: neither counts alone.
      else if (!newest || newest.state === 'withdrawn') {
        await tell(
          ctx,
          s.id,
          'session.stage',
          { stage: 'active', why: 'its change is not on the train' },
          { cause: 'reconcile' },
        )
      }
    }
  }

  /** @param change a landed one */
  async landed(repo: RepositoryContext, change: Change): Promise<void> {
    const ctx = this.#ctx
    if (change.session) {
      const id = change.session
      await ctx.inOrder(id, async () => {
        const s = await sessionState(ctx, id)
        // The session may have gone on meanwhile: then this was a part of its work.
        const done = s.head === change.head
        await tell(
          ctx,
          id,
          'session.stage',
          done
            ? { stage: 'landed', why: `landed as ${change.landed?.commit.slice(0, 10)}` }
            : { stage: 'active', why: `landed up to ${change.head.slice(0, 10)}; it has gone on since` },
          { cause: change.id },
        )
      })
    }
    await this.#drive.advance(repo)
    await predictAll(ctx, repo)
  }

  /** Back to its own session, as one prompt with the evidence, if that session still lives. */
  async ejected(repo: RepositoryContext, change: Change): Promise<void> {
    const ctx = this.#ctx
    const id = change.session
    if (!id) return
    await ctx.inOrder(id, async () => {
      const s = await sessionState(ctx, id)
      if (s.stage !== 'on-train') return
      await tell(
        ctx,
        id,
        'session.stage',
        { stage: 'active', why: `ejected from the train: ${change.ejected?.detail ?? ''}` },
        { cause: change.id },
      )
      const takes = isLive(s) || s.process.state === 'exited'
      if (change.ejected?.reason === 'person' || !takes || s.trashed) return
      try {
        await this.#prompts.send(repo, id, ejectionPrompt(change), 'train', self)
      } catch (error) {
        // It cannot take a prompt (a plain command): the attention item tells the person instead.
        ctx.log.info('an ejected change was not sent back', { session: id, error })
      }
    })
  }
}

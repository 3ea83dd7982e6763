/** After main has moved: every open session learns whether it still merges, and is updated if that is wanted. */
import type { Context } from '../context.ts'
import { sessionsOf } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'
import { predictAll } from '../session/turns.ts'
import type { Updates } from './updates.ts'

export class Others {
  readonly #ctx: Context
  readonly #updates: Updates
  /** Repositories at work, and whether main has moved again meanwhile. */
  readonly #busy = new Map<string, { again: boolean }>()

  constructor(ctx: Context, updates: Updates) {
    this.#ctx = ctx
    this.#updates = updates
  }

  /** Goes on by itself: the train does not wait for it. Of several landings in a row the last one counts. */
  moved(repo: RepositoryContext): void {
    const { id } = repo.repository
    const busy = this.#busy.get(id)
    if (busy) {
      busy.again = true
      return
    }
    this.#busy.set(id, { again: false })
    void this.#tell(repo)
      .catch((error: unknown) =>
        this.#ctx.log.error('the others could not be told', { repository: id, error }),
      )
      .finally(() => {
        const { again } = this.#busy.get(id) ?? { again: false }
        this.#busy.delete(id)
        if (again && !this.#ctx.stopping.aborted) this.moved(repo)
      })
  }

  async #tell(repo: RepositoryContext): Promise<void> {
    const ctx = this.#ctx
    await predictAll(ctx, repo)
    for (const s of await sessionsOf(ctx, repo.repository)) {
      if (ctx.stopping.aborted) return
      // Not awaited: one whose merge takes long keeps nobody waiting.
      void this.#updates
        .ifDue(repo, s.id)
        .catch((error: unknown) => ctx.log.error('updating failed', { session: s.id, error }))
    }
  }
}

/** Sessions that put themselves on the train: those started with `--land`, once they have handed off. */
import { toErrorBody } from '../protocol/index.ts'
import { type Context, self, sessionState, tell } from './context.ts'
import type { RepositoryContext } from './repositories.ts'
import type { Trains } from './trains.ts'

/** `--land`: a session that has handed off goes on the train by itself. Takes the session's order. */
export async function landIfAsked(
  ctx: Context,
  trains: Pick<Trains, 'land'>,
  repo: RepositoryContext,
  id: string,
): Promise<void> {
  await ctx.inOrder(id, async () => {
    const s = await sessionState(ctx, id)
    if (!s.brief.land || s.stage !== 'handed-off') return
    try {
      await trains.land(repo, id, self)
    } catch (error) {
      // It stays handed off, with the reason: the person decides.
      const why = `handed off, but not landed: ${toErrorBody(error).message}`
      if (s.stageWhy !== why)
        await tell(ctx, id, 'session.stage', { stage: 'handed-off', why }, { cause: 'land' })
    }
  })
}

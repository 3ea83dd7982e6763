/** Sessions that put themselves on the train: those started with `--land`, and those that repaired a change. */
import { toErrorBody } from '../../protocol/index.ts'
import { comingBack } from '../../sessions/way-back.ts'
import { changesOf, ejectionsOf } from '../session/changes.ts'
import { type Context, self, sessionState, tell } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'
import type { Trains } from './trains.ts'

/** After a handoff: on the train by itself, where it was asked for or came back repaired. Takes the session's order. */
export async function landIfAsked(
  ctx: Context,
  trains: Pick<Trains, 'land'>,
  repo: RepositoryContext,
  id: string,
): Promise<void> {
  await ctx.inOrder(id, async () => {
    const s = await sessionState(ctx, id)
    if (s.stage !== 'handed-off') return
    const changes = await changesOf(ctx, id)
    const newest = changes.at(-1) ?? null
    const ejections = await ejectionsOf(ctx, changes)
    const back = comingBack(
      s,
      newest && { state: newest.state, head: newest.head, reason: newest.ejected?.reason ?? '', ejections },
      repo.config['train.attempts'],
    )
    const stays = async (why: string) => {
      if (s.stageWhy !== why)
        await tell(ctx, id, 'session.stage', { stage: 'handed-off', why }, { cause: 'land' })
    }
    if (back.put === null) {
      if (back.why !== null) await stays(`handed off, but not landed: ${back.why}`)
      return
    }
    try {
      await trains.land(repo, id, self, back.put === 'again' && newest ? { again: newest } : {})
    } catch (error) {
      // It stays handed off, with the reason: the person decides.
      await stays(`handed off, but not landed: ${toErrorBody(error).message}`)
    }
  })
}

/** The changes of a session, as the journal knows them. */
import { ejectionsInARow } from '../../sessions/way-back.ts'
import { changeProjection } from '../../train/index.ts'
import type { Change } from '../../train/ports.ts'
import type { Context } from '../context.ts'

/** Changes of a session, oldest first. */
export async function changesOf(ctx: Context, session: string): Promise<Change[]> {
  const all = (await ctx.journal.list<Change>(changeProjection)).map((row) => row.state)
  return all.filter((change) => change.session === session).sort((a, b) => a.queuedAt - b.queuedAt)
}

/** How often a session's work was ejected since it last landed, or since the person put it on. */
export async function ejectionsOf(ctx: Context, changes: readonly Change[]): Promise<number> {
  const events = await Promise.all(
    changes.map(({ id }) => ctx.journal.read({ aggregate: 'change', id, limit: 100_000 })),
  )
  return ejectionsInARow(events.flat().sort((a, b) => a.seq - b.seq))
}

/** How the taking back of a landing is told of the session whose landing it was. */
import type { SessionView, WhyView } from '../../protocol/api.ts'
import type { Change } from '../../train/ports.ts'
import type { Context } from '../context.ts'

/** @param undo the change that took it back; undefined: none did */
export function takenBackBy(undo: Change | undefined): SessionView['takenBack'] {
  if (!undo?.landed) return null
  const { id, name, landed } = undo
  return { change: id, name, commit: landed.commit, at: landed.at }
}

/** What a session's story has of it: nothing where its landing stands. */
export async function undoStory(ctx: Context, back: SessionView['takenBack']): Promise<WhyView['story']> {
  if (back === null) return []
  const what = `taken back by ${back.name}, landed as ${back.commit.slice(0, 10)}`
  const events = await ctx.journal.read({ aggregate: 'change', id: back.change })
  const landed = events.filter(({ type }) => type === 'change.landed')
  return landed.map(({ at, seq }) => ({ at, seq, source: 'supervisor', what }))
}

/** How much a session's work is, for the journal. */
import type { Draft } from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'
import type { Workspace } from '../../workspaces/workspace.ts'
import { type Context, sessionEvent } from '../context.ts'

/** @param of a state: what holds it, and when it was looked at @returns what is to be journalled; empty: that state was counted already, or cannot be counted */
export async function counted(
  ctx: Context,
  workspace: Workspace,
  s: SessionState,
  of: { commit: string; tree: string; at: number },
  cause: string,
): Promise<Draft[]> {
  const base = s.base.oid
  const { commit, tree, at } = of
  if (s.work?.commit === commit && s.work.base === base) return []
  try {
    const size = await ctx.workspaces.sizeBetween(workspace, base, tree)
    return [sessionEvent(s.id, 'work.counted', { commit, tree, base, at, ...size }, { cause })]
  } catch (error) {
    // It must not cost the snapshot that it is about.
    ctx.log.error('its work could not be counted', { session: s.id, error })
    return []
  }
}

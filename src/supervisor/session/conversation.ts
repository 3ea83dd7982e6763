/** What was said in a session, as its agent keeps it. */
import { agentFor } from '../../agents/index.ts'
import type { ConversationView } from '../../protocol/api.ts'
import { spokenBy } from '../../sessions/spoken.ts'
import type { SessionState } from '../../sessions/state.ts'
import { type Context, observeContext } from '../context.ts'

/** Reads only. */
export async function conversationOf(
  ctx: Context,
  root: string,
  s: SessionState,
  limit: number,
): Promise<ConversationView> {
  const agent = agentFor(s.brief.agent)
  if (!agent.conversation) {
    const why = `A session of the agent "${agent.name}" keeps no conversation that could be read: its terminal has what it printed.`
    return { entries: null, why, earlier: false }
  }
  const found = await agent.conversation(observeContext(ctx, root, s), limit)
  if (!found || found.entries.length === 0) {
    const why = s.process.everRan
      ? 'Nothing can be read of it: its agent has not written anything down yet, or it was taken away.'
      : 'It has not started yet.'
    return { entries: [], why, earlier: found?.earlier ?? false }
  }
  const events = await ctx.journal.read({ aggregate: 'session', id: s.id })
  return { entries: spokenBy(found.entries, events), why: null, earlier: found.earlier }
}

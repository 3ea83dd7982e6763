/** What was said in a session: as its agent keeps it, and where it keeps nothing, as Worktrain saw it. */
import type { Conversation } from '../../agents/agent.ts'
import { agentFor } from '../../agents/index.ts'
import type { ConversationView, Input } from '../../protocol/api.ts'
import type { Recorded } from '../../protocol/index.ts'
import { conversationsIn, observedConversation } from '../../sessions/conversation.ts'
import { withPermissions } from '../../sessions/permitted.ts'
import { spokenBy } from '../../sessions/spoken.ts'
import type { SessionState } from '../../sessions/state.ts'
import { type Context, observeContext } from '../context.ts'

/** What is read where the agent keeps none; no conversation is called so. */
const JOURNAL = 'journal'

type Part = Pick<Input<'conversation'>, 'before'> & { limit: number }

/** Reads only. */
export async function conversationOf(
  ctx: Context,
  root: string,
  s: SessionState,
  { limit, before }: Part,
): Promise<ConversationView> {
  const agent = agentFor(s.brief.agent)
  const events = await ctx.journal.read({ aggregate: 'session', id: s.id })
  const ids = conversationsIn(events)
  const of = before?.of ?? ids.at(-1) ?? JOURNAL
  // What is asked for must be one of its own: the name of one is part of a path.
  const found = ids.includes(of)
    ? await agent.conversation?.(
        { ...observeContext(ctx, root, s), conversation: of },
        { limit, before: before?.place ?? null },
      )
    : null
  if (!found || (found.entries.length === 0 && before === undefined)) {
    const why = agent.conversation
      ? 'Its agent’s own file is not there, or still empty.'
      : keepsNone(agent.name)
    return observed(events, { limit, before }, s.process.everRan ? why : 'It has not started yet.')
  }
  const entries = withPermissions(spokenBy(found.entries, events), events, s.workspace.path)
  return { source: 'agent', of, entries, why: null, earlier: earlierOf(found, of, ids) }
}

const keepsNone = (agent: string): string =>
  `The agent “${agent}” keeps no conversation: its terminal has what it printed.`

/** Before its first words stands the conversation that was begun before it. */
function earlierOf(
  { earlier }: Conversation,
  of: string,
  ids: readonly string[],
): ConversationView['earlier'] {
  if (earlier !== null) return { of, place: earlier }
  const last = ids[ids.indexOf(of) - 1]
  return last === undefined ? null : { of: last, place: Number.MAX_SAFE_INTEGER }
}

function observed(events: readonly Recorded[], { limit, before }: Part, why: string): ConversationView {
  const until = before?.of === JOURNAL ? before.place : Infinity
  const all = observedConversation(events).filter(({ place }) => place < until)
  const entries = all.slice(-limit)
  const [first] = entries
  const earlier = first && entries.length < all.length ? { of: JOURNAL, place: first.place } : null
  return { source: 'journal', of: JOURNAL, entries, why, earlier }
}

/** What the person allowed of what an agent recorded: its file says what was done, the journal who let it. Pure. */
import type { ConversationEntry, Permission } from '../protocol/conversation.ts'
import type { Question, Recorded } from '../protocol/index.ts'

/** A dialog opens so long after the agent has dated the tool that it is about, ms; clocks differ by less than the second. */
const OPENS_WITHIN_MS = 10_000
const CLOCKS_MS = 1000

/**
 * Tools with how the person answered when the agent asked whether it may use them. Only where question and tool are
 * known to be one: of the same name, about the same, and one right after the other. What a subagent asked has no such
 * tool here, and stays in the story.
 * @param events of the session
 * @param workspace paths in it are said as seen from there
 */
export function withPermissions(
  entries: readonly ConversationEntry[],
  events: readonly Recorded[],
  workspace: string,
): ConversationEntry[] {
  const asked = new Map<string, Question>()
  const given = new Map<ConversationEntry, Permission>()
  for (const { at, type, data } of events) {
    if (type === 'question.opened' && data.question.kind === 'permission')
      asked.set(data.question.id, data.question)
    if (type !== 'question.settled' || data.by === 'ended') continue
    const question = asked.get(data.id)
    if (question === undefined) continue
    asked.delete(data.id)
    const about = entries.findLast((entry) => !given.has(entry) && isAbout(question, entry, workspace))
    if (about) given.set(about, { by: data.by, answer: data.answer, at })
  }
  return entries.map((entry) => {
    const permission = given.get(entry)
    return entry.tool && permission ? { ...entry, tool: { ...entry.tool, permission } } : entry
  })
}

function isAbout(question: Question, { at, from, tool }: ConversationEntry, workspace: string): boolean {
  if (from !== 'tool' || tool?.name !== question.tool || at === null) return false
  const after = question.openedAt - at
  if (after < -CLOCKS_MS || after > OPENS_WITHIN_MS) return false
  const asks = question.summary.replaceAll(`${workspace}/`, '')
  const used = `${tool.name}: ${tool.what}`
  // A summary is clipped before what a tool was called with is.
  return asks.endsWith('…') ? used.startsWith(asks.slice(0, -1)) : asks === used
}

/** What Worktrain itself saw of a conversation: where the agent keeps none, it is all that is known. Pure. */
import type { ConversationEntry } from '../protocol/conversation.ts'
import type { Recorded } from '../protocol/index.ts'
import { clipped, spaced } from '../protocol/hidden.ts'
import { withoutHandoff } from '../protocol/handoff-block.ts'

/** Longest texts, characters. */
const TEXT_MAX = 8000
const LINE_MAX = 300

/** Who gave a prompt, by where the journal says that it came from. */
export const GIVER = { brief: 'brief', person: 'person', train: 'train', supervisor: 'worktrain' } as const

/**
 * @param events of one session, in order
 * @returns placed by the seq of its event
 */
export function observedConversation(events: readonly Recorded[]): ConversationEntry[] {
  const entries: ConversationEntry[] = []
  const asked = new Map<string, NonNullable<ConversationEntry['tool']>>()
  /** Prompts that were sent, and which the agent has not taken up yet: it says each of them once more. */
  let untaken = 0
  for (const { seq: place, at, type, data } of events) {
    const add = (from: ConversationEntry['from'], text: string, tool?: ConversationEntry['tool']): void => {
      if (text.trim() === '' && !tool) return
      entries.push({ place, at, from, text: clipped(text.trim(), TEXT_MAX), ...(tool && { tool }) })
    }
    switch (type) {
      case 'prompt.sent':
        untaken++
        add(GIVER[data.from], data.text)
        break
      case 'prompt.seen':
        if (untaken > 0) untaken--
        else add(data.itself ? 'itself' : 'terminal', data.text)
        break
      case 'question.opened': {
        const { id, tool: name, summary, questions } = data.question
        const tool = { name, what: '' }
        asked.set(id, tool)
        add(
          'asks',
          questions.length > 0 ? questions.map(({ question }) => question).join('\n') : summary,
          tool,
        )
        break
      }
      case 'question.settled': {
        const tool = asked.get(data.id)
        if (tool) tool.result = clipped(data.answer, LINE_MAX)
        break
      }
      case 'session.told-person':
        add('agent', data.text)
        break
      case 'turn.finished':
        untaken = 0
        add('agent', withoutHandoff(data.lastMessage) || data.lastMessage)
        break
      case 'command.observed': {
        const { command, exit } = data
        const result = exit === null ? 'its exit code is not known' : `exit ${exit}`
        const what = clipped(spaced(command), LINE_MAX)
        add('tool', '', { name: 'command', what, result, ...(exit && { failed: true }) })
        break
      }
      default:
    }
  }
  return entries
}

/** Conversations that a session has had, the present one last: `/clear` begins another. */
export function conversationsIn(events: readonly Recorded[]): string[] {
  const ids = events.flatMap(({ type, data }) => {
    if (type === 'process.launching') return data.conversation === null ? [] : [data.conversation]
    return type === 'conversation.changed' ? [data.id] : []
  })
  // One that is taken up again is the present one.
  return ids.filter((id, i) => ids.lastIndexOf(id) === i)
}

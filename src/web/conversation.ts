/** What was said between a session and those who steer it, from its events. Pure. */
import type { Recorded } from '../protocol/events.ts'
import { withoutHandoff } from '../protocol/handoff-block.ts'

/** `terminal`: typed into the agent's own screen; `itself`: the agent gave it to itself; `asks`: the agent. */
type Speaker = 'brief' | 'person' | 'train' | 'supervisor' | 'terminal' | 'itself' | 'agent' | 'asks'

export type Said = { seq: number; at: number } & (
  | { is: 'words'; who: Speaker; text: string }
  /** Commands that it ran, one after another. */
  | { is: 'ran'; commands: { command: string; exit: number | null }[] }
)

/** @param events of one session, in order */
export function conversationOf(events: readonly Recorded[]): Said[] {
  const all: Said[] = []
  /** Prompts that were sent, and which the agent has not taken up yet: it says each of them once more. */
  let untaken = 0
  for (const { seq, at, type, data } of events) {
    const say = (who: Speaker, text: string): void => {
      if (text.trim() !== '') all.push({ seq, at, is: 'words', who, text: text.trim() })
    }
    switch (type) {
      case 'prompt.sent':
        untaken++
        say(data.from, data.text)
        break
      case 'prompt.seen':
        if (untaken > 0) untaken--
        else say(data.itself ? 'itself' : 'terminal', data.text)
        break
      case 'question.opened': {
        const { summary, questions } = data.question
        say('asks', questions.length > 0 ? questions.map(({ question }) => question).join('\n') : summary)
        break
      }
      case 'question.settled':
        if (data.by !== 'ended') say(data.by, data.answer)
        break
      case 'session.told-person':
        say('agent', data.text)
        break
      case 'turn.finished':
        untaken = 0
        say('agent', withoutHandoff(data.lastMessage) || data.lastMessage)
        break
      case 'command.observed': {
        const last = all.at(-1)
        if (last?.is === 'ran') last.commands.push(data)
        else all.push({ seq, at, is: 'ran', commands: [data] })
        break
      }
      default:
    }
  }
  return all
}

/** Who gave the prompts of a conversation: its agent takes all of them for the person's. Pure. */
import type { ConversationEntry } from '../protocol/conversation.ts'
import type { Recorded } from '../protocol/index.ts'
import { comparedOf, lettersOf } from './prompts.ts'

/** So many of Worktrain's own prompts are looked for, the newest. */
const LOOKED_FOR = 50

/** @param events of the session */
export function spokenBy(
  entries: readonly ConversationEntry[],
  events: readonly Recorded[],
): ConversationEntry[] {
  const ours = events
    .flatMap((event) =>
      event.type === 'prompt.sent' && (event.data.from === 'train' || event.data.from === 'supervisor')
        ? [comparedOf(event.data.text)]
        : [],
    )
    .filter((text) => text !== '')
    .slice(-LOOKED_FOR)
  const isOurs = (text: string): boolean => {
    const letters = lettersOf(text)
    return ours.some((one) => letters.includes(one))
  }
  return entries.map((entry) =>
    entry.from === 'person' && isOurs(entry.text) ? { ...entry, from: 'worktrain' } : entry,
  )
}

/** Who gave the prompts of a conversation: its agent takes all of them for the person's. Pure. */
import type { ConversationEntry } from '../protocol/conversation.ts'
import { withoutHandoff } from '../protocol/handoff-block.ts'
import type { Recorded } from '../protocol/index.ts'
import { GIVER } from './conversation.ts'
import { comparedOf, CONTRACT, lettersOf } from './prompts.ts'

/** So many of the prompts that were sent are looked for, the newest; and the brief. */
const LOOKED_FOR = 50

/**
 * What the agent recorded, with who gave each prompt as the journal knows it: what it does not know was typed into the
 * agent's own screen. Of a brief only the goal is left, which is what differs; and of what the agent says, its handoff is
 * told elsewhere.
 * @param events of the session
 */
export function spokenBy(
  entries: readonly ConversationEntry[],
  events: readonly Recorded[],
): ConversationEntry[] {
  const sent = events.flatMap(({ type, data }) => {
    if (type !== 'prompt.sent') return []
    const letters = comparedOf(data.text)
    return letters === '' ? [] : [{ letters, from: data.from }]
  })
  const brief = sent.find(({ from }) => from === 'brief')
  // Of two that could be meant the longer one: the other is only a part of it.
  const ours = sent
    .filter(({ from }) => from !== 'brief')
    .slice(-LOOKED_FOR)
    .sort((a, b) => b.letters.length - a.letters.length)
  return entries.map((entry) => {
    if (entry.from === 'agent') return { ...entry, text: withoutHandoff(entry.text) || entry.text }
    if (entry.from !== 'person') return entry
    const { text } = entry
    const letters = lettersOf(text)
    const contract = text.indexOf(`\n${CONTRACT}`)
    // Of a long one only the beginning was kept, without the contract.
    const cut = text.endsWith('…') && contract === -1
    if (brief && (cut || contract !== -1) && letters.includes(brief.letters))
      return { ...entry, from: 'brief', text: cut ? text : text.slice(0, contract).trim() }
    const from = ours.find((one) => letters.includes(one.letters))?.from
    return { ...entry, from: from === undefined ? 'terminal' : GIVER[from] }
  })
}

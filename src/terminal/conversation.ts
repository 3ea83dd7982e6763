/** What was said in a session, as lines; a tool is one, and who allowed it another. Pure. */
import type { ConversationEntry, ConversationView } from '../protocol/api.ts'
import { answeredBy, beginsTurn, outcomeOf, SPEAKERS, sourceSaid } from '../protocol/conversation-words.ts'
import type { Look } from './look.ts'
import { ago, lines, oneLine, truncate } from './text.ts'

export function renderConversation(view: ConversationView, look: Look, now: number): string {
  return [
    look.paint('dim', lines(sourceSaid(view))),
    ...(view.earlier ? [look.paint('dim', '(what was said before is not shown)')] : []),
    ...view.entries.flatMap((entry) => linesOf(entry, look, now)),
  ].join('\n')
}

function linesOf({ from, at, text, tool }: ConversationEntry, look: Look, now: number): string[] {
  const below = (line: string, by = 2): string =>
    look.paint('dim', truncate(`${' '.repeat(by)}${oneLine(line)}`, look.width))
  if (from === 'tool') {
    if (!tool) return []
    const { permission: p } = tool
    const asked = p ? [below(`${answeredBy(p)}, ${ago(now - p.at)}`, 4)] : []
    return [below(`${tool.name}, ${outcomeOf(tool)}${tool.what && `: ${tool.what}`}`), ...asked]
  }
  const when = at === null ? '' : `, ${ago(now - at)}`
  return [
    '',
    look.paint(beginsTurn({ from }) ? 'bold' : 'cyan', `${SPEAKERS[from]}${when}`),
    ...lines(text.trimEnd()).split('\n'),
    ...(tool ? [below(tool.result === undefined ? 'no answer yet' : `answered: ${tool.result}`)] : []),
  ]
}

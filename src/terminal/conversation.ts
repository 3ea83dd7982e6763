/** What was said in a session, as lines; a tool is one. Pure. */
import type { ConversationEntry, ConversationView } from '../protocol/api.ts'
import type { Look } from './look.ts'
import { ago, lines, oneLine, truncate } from './text.ts'

const WHO: Record<Exclude<ConversationEntry['from'], 'tool'>, string> = {
  person: 'you',
  worktrain: 'Worktrain',
  agent: 'agent',
  program: 'its program',
}

export function renderConversation(
  { entries, why, earlier }: ConversationView,
  look: Look,
  now: number,
): string {
  const said = (entries ?? []).flatMap((entry, i) => {
    if (entry.from === 'tool') return [tool(entry, look)]
    const when = entry.at === null ? '' : `, ${ago(now - entry.at)}`
    const head = look.paint(entry.from === 'agent' ? 'cyan' : 'bold', `${WHO[entry.from]}${when}`)
    return [...(i === 0 ? [] : ['']), head, ...lines(entry.text.trimEnd()).split('\n')]
  })
  return [
    ...(earlier ? [look.paint('dim', '(what was said before is not shown)'), ''] : []),
    ...said,
    ...(why === null ? [] : [why]),
  ].join('\n')
}

function tool({ tool: used }: ConversationEntry, look: Look): string {
  const became = used?.failed ? ', failed' : used?.result === undefined ? ', no result yet' : ''
  const what = used?.what ? `: ${used.what}` : ''
  const line = oneLine(`${used?.name ?? 'a tool'}${became}${what}`)
  return look.paint('dim', truncate(`  ${line}`, look.width))
}

/** The peek pane: the live screen of the session under the cursor. Pure. */
import { screenLine } from '../../terminal/host-screen.ts'
import type { Look } from '../../terminal/look.ts'
import { age, oneLine, truncate, width } from '../../terminal/text.ts'
import { type Board, currentSession } from '../board.ts'

/** @returns exactly `rows` lines */
export function peekOf(board: Board, look: Look, now: number, rows: number): string[] {
  const session = currentSession(board)
  if (session === null) return Array.from({ length: rows }, () => '')
  const { screen, why, session: of } = board.peek
  const known = of === session.id ? screen : null
  const said = [
    oneLine(session.name),
    ...(known === null ? [] : [`${known.cols}x${known.rows}`]),
    ...(known === null || known.at === null ? [] : [`last output ${age(now - known.at)} ago`]),
  ]
  const title = truncate(`── ${said.join(' · ')} `, look.width)
  const rule = look.paint('dim', title + '─'.repeat(Math.max(0, look.width - width(title))))
  const text =
    known === null ? [`  ${of === session.id ? oneLine(why) : '…'}`] : linesOf(known.lines, rows - 1)
  const shown = text.map((line) => truncate(line, look.width))
  return [rule, ...shown, ...Array.from({ length: Math.max(0, rows - 1 - shown.length) }, () => '')].slice(
    0,
    rows,
  )
}

/** The end of what stands on the screen: a dialog, a prompt, the last output. */
function linesOf(lines: readonly string[], rows: number): string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '')
  return lines.slice(Math.max(0, last + 1 - rows), last + 1).map(screenLine)
}

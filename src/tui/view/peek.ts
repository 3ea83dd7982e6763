/** The peek pane: the live screen of the session under the cursor. Pure. */
import type { HostScreen } from '../../protocol/host.ts'
import type { Look } from '../../terminal/look.ts'
import { pictureLine } from '../../terminal/picture.ts'
import { ago, oneLine, truncate, width } from '../../terminal/text.ts'
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
    ...(known === null || known.at === null ? [] : [`last output ${ago(now - known.at)}`]),
  ]
  const title = truncate(`── ${said.join(' · ')} `, look.width)
  const rule = look.paint('dim', title + '─'.repeat(Math.max(0, look.width - width(title))))
  const text =
    known === null ? [`  ${of === session.id ? oneLine(why) : '…'}`] : linesOf(known, rows - 1, look)
  const shown = text.map((line) => truncate(line, look.width))
  return [rule, ...shown, ...Array.from({ length: Math.max(0, rows - 1 - shown.length) }, () => '')].slice(
    0,
    rows,
  )
}

/** The end of what stands on the screen: a dialog, a prompt, the last output. */
function linesOf(screen: HostScreen, rows: number, look: Look): string[] {
  const last = screen.lines.findLastIndex((line) => line.trim() !== '')
  const first = Math.max(0, last + 1 - rows)
  return Array.from({ length: last + 1 - first }, (_, i) => pictureLine(screen, first + i, look))
}

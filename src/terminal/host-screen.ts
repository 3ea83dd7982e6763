/** What a session's terminal shows, as lines. Pure. */
import type { HostScreen } from '../protocol/host.ts'
import type { Look } from './look.ts'
import { ago, oneLine, truncate } from './text.ts'

/** The screen between two rules. A line that is wider than the terminal is cut: it may not wrap. */
export function renderScreen(screen: HostScreen, look: Look, now: number): string {
  const said = [
    screen.title === '' ? null : oneLine(screen.title),
    `${screen.cols}x${screen.rows}`,
    screen.at === null ? 'no output yet' : `last output ${ago(now - screen.at)}`,
  ]
  const rule = look.paint('dim', '─'.repeat(look.width))
  const shown = screen.lines.map((line) => truncate(screenLine(line), look.width))
  return [
    look.paint('dim', truncate(said.filter((part) => part !== null).join(' · '), look.width)),
    rule,
    ...shown,
    rule,
  ].join('\n')
}

/** One row of it, or a piece of one; its columns are part of what it says. @param last it ends the row */
export function screenLine(line: string, last = true): string {
  const shown = line
    .split(/( +)/)
    .map((part) => (part.startsWith(' ') ? part : oneLine(part)))
    .join('')
  return last ? shown.trimEnd() : shown
}

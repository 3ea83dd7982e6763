/** A line that is being typed, as it is drawn. Pure. */
import type { Look } from '../../terminal/look.ts'
import { oneLine, truncate, width } from '../../terminal/text.ts'
import type { Line } from '../line.ts'

/** A line that is typed, its end always on the screen; where a character goes next is marked. */
export function typing(ask: string, { text, cursor }: Line, look: Look): string {
  const room = Math.max(10, look.width - Math.min(width(ask), Math.floor(look.width / 2)) - 1)
  const shown = (part: string): string => part.replaceAll('\n', '⏎').replace(/[^\S ]/g, ' ')
  const before = Array.from(visible(shown(text.slice(0, cursor))))
  const after = Array.from(visible(shown(text.slice(cursor))))
  let kept = before
  while (width(kept.join('')) > room - 1) kept = kept.slice(1)
  return truncate(
    `${look.paint('cyan', truncate(ask, Math.floor(look.width / 2)))}${kept.join('')}▏${after.join('')}`,
    look.width,
  )
}

/** As {@link oneLine}, but blanks stay where they were typed. */
function visible(text: string): string {
  return text
    .split(/( +)/)
    .map((word) => (word.startsWith(' ') ? word : oneLine(word)))
    .join('')
}

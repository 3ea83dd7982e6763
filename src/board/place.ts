/** Where a comment of a review stands, as the person points at lines. Pure. */
import type { ReviewLine, ReviewView } from '../protocol/review.ts'

/** Lines of a file that a comment is about, as the supervisor is told. */
export interface Place {
  path: string
  side: 'new' | 'old'
  line: number
  count: number
}

/** Where a line is commented: what was taken away by its old number, all else by its new one. */
export function placeOf(path: string, line: ReviewLine): Place | null {
  const side = line.kind === 'removed' ? 'old' : 'new'
  const number = line[side]
  return number === null ? null : { path, side, line: number, count: 1 }
}

/** Why no comment can be begun in what is shown; null: it can. */
export function uncommentable({ from }: Pick<ReviewView, 'from'>): string | null {
  return from.against === 'main' ? 'lines of main stand between its own here' : null
}

/** From where a comment was begun to a second line of the same side and file; else the second alone. */
export function through(from: Place | null, to: Place): Place {
  if (from === null || from.path !== to.path || from.side !== to.side) return to
  const line = Math.min(from.line, to.line)
  return { ...to, line, count: Math.max(from.line + from.count, to.line + 1) - line }
}

/** Identifies the line below which something stands. */
export const lineKey = (side: 'new' | 'old', line: number): string => `${side}:${line}`

/** The same, of the last line that a comment or a form is about. */
export const endOf = ({ side, line, count }: Omit<Place, 'path'>): string => lineKey(side, line + count - 1)

/** When a session's work is counted while it works. Pure. */

/** A session whose files may be other ones than were counted. */
export interface Touched {
  id: string
  /** When that was first told since the last count. */
  since: number
  /** When it was last looked at; null: not yet. */
  looked: number | null
}

/** So long more is waited for, ms: tools come one after another. */
const GATHER_MS = 1000
/** A session is looked at once in so long, ms. */
export const LOOK_EVERY_MS = 15_000
/** After a look nobody is looked at for so many times as long as it took: all looks together take a fifth of the time. */
const REST = 4

/**
 * Whom to look at next: one at a time, first who has been due longest.
 * @param last the last look at any session; null: there was none
 * @returns who and in how many ms; null: nobody's files have changed
 */
export function nextLook(
  touched: readonly Touched[],
  last: { ended: number; took: number } | null,
  now: number,
): { id: string; wait: number } | null {
  const due = ({ since, looked }: Touched) =>
    Math.max(since + GATHER_MS, looked === null ? 0 : looked + LOOK_EVERY_MS)
  const [first] = touched.toSorted((a, b) => due(a) - due(b))
  if (first === undefined) return null
  const rested = last === null ? 0 : last.ended + REST * last.took
  return { id: first.id, wait: Math.max(0, Math.max(due(first), rested) - now) }
}

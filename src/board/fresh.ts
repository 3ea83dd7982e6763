/** The sessions of the board, with some of them as they are now. Pure. */
import type { SessionView } from '../protocol/api.ts'

/**
 * @returns the others as they were, so that what shows them need not be drawn anew; new ones last, none that is
 *   in the trash
 */
export function withFresh(known: readonly SessionView[], fresh: readonly SessionView[]): SessionView[] {
  const newer = new Map(fresh.map((session) => [session.id, session]))
  const merged = known.map((session) => newer.get(session.id) ?? session)
  const ids = new Set(known.map(({ id }) => id))
  return [...merged, ...fresh.filter(({ id }) => !ids.has(id))].filter(
    ({ trashedUntil, stage }) => trashedUntil === null && stage !== 'discarded',
  )
}

/** Does another thing wait for the person in one of them than was known? Then the list of what waits is another one. */
export function otherThingsWait(known: readonly SessionView[], fresh: readonly SessionView[]): boolean {
  const ids = (session: SessionView | undefined): string =>
    (session?.attention ?? []).map(({ id }) => id).join(' ')
  return fresh.some((session) => ids(session) !== ids(known.find(({ id }) => id === session.id)))
}

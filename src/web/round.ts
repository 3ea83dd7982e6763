/** What waits for the person: the way from one to the next, and what of it a page shows. Pure. */
import type { SessionView } from '../protocol/api.ts'
import type { AttentionItem, AttentionView } from '../protocol/attention.ts'
import type { Page } from './address.ts'

/** Where one goes for the first item that is not of `session`. Pure. */
export function nextPage({ items }: Pick<AttentionView, 'items'>, session: string | null): Page {
  const at = items.findIndex((item) => item.session !== null && item.session.id === session)
  // After the one that is shown; from the last on to the first.
  const ahead = [...items.slice(at + 1), ...items.slice(0, Math.max(0, at))]
  const next = ahead.find((item) => item.session === null || item.session.id !== session)
  if (next === undefined) return { page: 'board' }
  if (next.session === null) return { page: 'train', repo: next.repository.root }
  const reviewed = next.kind === 'ready' || next.kind === 'done'
  return { page: 'session', id: next.session.id, ...(reviewed ? { view: 'Review' } : {}) }
}

/** Of a row of the board on the page: of a session, or of an item that is of none. */
export const rowId = (of: string): string => `row-${of}`

/**
 * What a page has before the person's eyes, as the supervisor is told.
 * @param items everything that waits
 * @param inSight whether a row is, that of a session or of what is of none: a filter may have taken it away, or it
 *   stands further down
 */
export function shownOn(
  page: Page,
  items: readonly Pick<AttentionItem, 'id' | 'session'>[],
  inSight: (row: string) => boolean,
): { items: string[]; sessions: string[] } {
  if (page.page === 'session') return { items: [], sessions: [page.id] }
  if (page.page === 'terminals') return { items: [], sessions: page.of }
  if (page.page !== 'board') return { items: [], sessions: [] }
  const shown = items.filter(({ id, session }) => inSight(session?.id ?? id))
  return { items: [...new Set(shown.map(({ id }) => id))], sessions: [] }
}

/** Terminals that are watched together, at most. */
export const SIDE_BY_SIDE = 4

/** Which live sessions one sees side by side before one has chosen: what was pinned, then as the board has them. */
export function chosenForWatching<S extends Pick<SessionView, 'pinned'>>(live: readonly S[]): S[] {
  return live.toSorted((a, b) => Number(b.pinned) - Number(a.pinned)).slice(0, SIDE_BY_SIDE)
}

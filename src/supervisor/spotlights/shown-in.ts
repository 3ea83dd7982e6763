/** Which sessions the person's checkouts show. */
import type { Journal } from '../../journal/journal.ts'
import type { ShownIn } from '../../protocol/api.ts'
import { spotlightProjection } from '../../spotlight/index.ts'

/** By session; `behind` counts from the snapshot that is shown. */
export async function shownIn(journal: Journal): Promise<Map<string, Omit<ShownIn, 'behind'>[]>> {
  const found = new Map<string, Omit<ShownIn, 'behind'>[]>()
  for (const { state } of await journal.list(spotlightProjection)) {
    if (state.ended || state.shown === null) continue
    const { session, n, at } = state.shown
    found.set(session, [...(found.get(session) ?? []), { checkout: state.checkout, n, since: at }])
  }
  return found
}

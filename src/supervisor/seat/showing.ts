/** What clients have before the person's eyes, as they say, for as long as they go on saying it. */
import { type AttentionItem, SHOWING_HOLDS_MS } from '../../protocol/attention.ts'

interface Shown {
  /** Ids of attention items. */
  items: readonly string[]
  /** Ids of sessions of which everything is shown. */
  sessions: readonly string[]
}

export class Showing {
  readonly #clients = new Map<string, Shown & { until: number }>()

  /** Nothing at all takes back what the client said before. */
  says(client: string, { items, sessions }: Shown, now: number): void {
    if (items.length + sessions.length === 0) this.#clients.delete(client)
    else this.#clients.set(client, { items, sessions, until: now + SHOWING_HOLDS_MS })
  }

  /** Is it on somebody's screen? */
  shows({ id, session }: Pick<AttentionItem, 'id' | 'session'>, now: number): boolean {
    for (const [client, { until }] of this.#clients) if (until <= now) this.#clients.delete(client)
    return [...this.#clients.values()].some(
      ({ items, sessions }) => items.includes(id) || (session !== null && sessions.includes(session.id)),
    )
  }
}

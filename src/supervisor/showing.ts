/** What clients have before the person's eyes, as they say, for as long as they go on saying it. */

/** A client that died hides nothing longer than this, ms. */
const HOLDS_MS = 30_000

export class Showing {
  readonly #clients = new Map<string, { items: readonly string[]; until: number }>()

  /** @param items ids of attention items; none takes back what it said before */
  says(client: string, items: readonly string[], now: number): void {
    if (items.length === 0) this.#clients.delete(client)
    else this.#clients.set(client, { items, until: now + HOLDS_MS })
  }

  items(now: number): Set<string> {
    for (const [client, { until }] of this.#clients) if (until <= now) this.#clients.delete(client)
    return new Set([...this.#clients.values()].flatMap(({ items }) => items))
  }
}

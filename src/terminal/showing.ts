/** Says over and over what the person has before their eyes, so that nobody notifies them of it. */
import type { Client } from '../client/api.ts'

/** The supervisor believes it for half a minute, ms. */
const SAY_EVERY_MS = 10_000

/**
 * @param what ids of attention items, and of sessions whose every item it shows
 * @returns to be called when it is shown no longer
 */
export function keepShowing(client: Client, what: { items?: string[]; sessions?: string[] }): () => void {
  const own = `cli-${process.pid}`
  // It is a kindness: a supervisor that is away is told the next time.
  const say = (items: string[], sessions: string[]): void =>
    void client.call('showing', { client: own, items, sessions }).catch(() => {})
  const again = (): void => say(what.items ?? [], what.sessions ?? [])
  again()
  const clock = setInterval(again, SAY_EVERY_MS)
  clock.unref()
  return () => {
    clearInterval(clock)
    say([], [])
  }
}

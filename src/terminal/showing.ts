/** Says over and over what the person has before their eyes, so that nobody notifies them of it. */
import type { Client } from '../client/api.ts'
import { SHOWING_EVERY_MS } from '../protocol/attention.ts'

export interface Showing {
  /** Ids of attention items, and of sessions whose every item is shown. Cheap to say again. */
  of: (items: readonly string[], sessions: readonly string[]) => void
  /** Nothing is shown any more. */
  close: () => void
}

/** @param own an id of this client's own making */
export function keepShowing(client: Client, own: string): Showing {
  let what = { items: [] as string[], sessions: [] as string[] }
  // It is a kindness: a supervisor that is away is told the next time.
  const say = (): void => void client.call('showing', { client: own, ...what }).catch(() => {})
  const empty = (): boolean => what.items.length + what.sessions.length === 0
  const clock = setInterval(() => void (empty() || say()), SHOWING_EVERY_MS)
  clock.unref()
  const of: Showing['of'] = (items, sessions) => {
    if (same(items, what.items) && same(sessions, what.sessions)) return
    what = { items: [...items], sessions: [...sessions] }
    say()
  }
  return {
    of,
    close: () => {
      clearInterval(clock)
      of([], [])
    },
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i])
}

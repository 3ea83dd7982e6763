/** Where the person is, and how they get to another page. */
import { useSyncExternalStore } from 'react'
import { addressOf, type Page, pageAt } from './address.ts'

/** The page that is shown has become another. */
export const MOVED = 'worktrain:moved'

/** What goes along with an address, in this window alone. */
interface Along {
  round?: boolean
  said?: readonly string[]
}

/**
 * @param said what the person should know of what led here, each a sentence: shown there until they go on
 * @param round it was come to on the round through what waits for the person
 * @param instead the way back does not lead to where one was
 */
export function go(
  page: Page,
  { round = false, instead = false, said = [] as readonly string[] } = {},
): void {
  if (instead) history.replaceState({ round, said } satisfies Along, '', addressOf(page))
  else history.pushState({ round, said } satisfies Along, '', addressOf(page))
  dispatchEvent(new Event(MOVED))
}

/** Was this page come to on the round through what waits for the person? */
export function inRound(): boolean {
  return (history.state as Along | null)?.round === true
}

/** What was said of what led to this page. */
export function saidHere(): readonly string[] {
  return (history.state as Along | null)?.said ?? []
}

export function usePage(): Page {
  const address = useSyncExternalStore(
    (listener) => {
      addEventListener('popstate', listener)
      addEventListener(MOVED, listener)
      return () => {
        removeEventListener('popstate', listener)
        removeEventListener(MOVED, listener)
      }
    },
    () => location.pathname + location.search,
  )
  const [path = '/', query = ''] = address.split('?')
  return pageAt(path, query)
}

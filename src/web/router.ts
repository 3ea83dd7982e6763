/** Where the person is, and how they get to another page. */
import { useSyncExternalStore } from 'react'
import { addressOf, type Page, pageAt } from './address.ts'

const MOVED = 'worktrain:moved'

/**
 * @param round it was come to on the round through what waits for the person
 * @param instead the way back does not lead to where one was
 */
export function go(page: Page, { round = false, instead = false } = {}): void {
  if (instead) history.replaceState({ round }, '', addressOf(page))
  else history.pushState({ round }, '', addressOf(page))
  dispatchEvent(new Event(MOVED))
}

/** Was this page come to on the round through what waits for the person? */
export function inRound(): boolean {
  return (history.state as { round?: boolean } | null)?.round === true
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

/** Says what is before the person's eyes, so that nobody notifies them of it, and when they have looked. */
import { useEffect, useRef } from 'react'
import { SHOWING_EVERY_MS } from '../protocol/attention.ts'
import { barred, client } from './connection.ts'
import type { Page } from './address.ts'
import { rowId, shownOn } from './round.ts'
import { useBoard } from './store.ts'

/** Of this page, for as long as it is open. */
const OWN = `web-${crypto.randomUUID()}`

export function useShowing(page: Page): void {
  const { sessions, attention, link } = useBoard()
  const items = [...(sessions ?? []).flatMap((s) => s.attention), ...(attention?.items ?? [])]
  const live = link.state === 'live'
  const newest = useRef({ page, items })
  newest.current = { page, items }
  // Said at once when there is more or something else; what is scrolled to is said with the clock.
  const changed = JSON.stringify([page, items.map(({ id }) => id)])
  useEffect(() => {
    if (!live || barred('showing') !== null) return
    const say = (): void => {
      const { page, items } = newest.current
      const what = document.hidden ? {} : shownOn(page, items, isInSight)
      // It is a kindness: a supervisor that is away is told the next time.
      client.call('showing', { client: OWN, ...what }).catch(() => undefined)
    }
    say()
    const clock = setInterval(say, SHOWING_EVERY_MS)
    document.addEventListener('visibilitychange', say)
    return () => {
      clearInterval(clock)
      document.removeEventListener('visibilitychange', say)
    }
  }, [changed, live])
}

/** @param of the session, or else the item, whose row it is */
function isInSight(of: string): boolean {
  const row = document.getElementById(rowId(of))?.getBoundingClientRect()
  // What scrolls away goes behind the line that stays.
  const above = document.querySelector('.top')?.getBoundingClientRect().bottom ?? 0
  return row !== undefined && row.top < innerHeight && row.bottom > above
}

/** Tells that the person has looked at a session whose turn had ended, once they leave its page. */
export function useLooked(id: string, done: boolean): void {
  const last = useRef(done)
  last.current = done
  useEffect(
    () => () => {
      if (last.current && barred('seen') === null)
        client.call('seen', { repo: null, name: id, how: 'board' }).catch(() => undefined)
    },
    [id],
  )
}

/** The events of one session, followed. */
import { useEffect, useRef, useState } from 'react'
import type { Recorded } from '../protocol/events.ts'
import { client, sentenceOf } from './connection.ts'
import { onEvent } from './store.ts'

/** Asked for at a time. */
const PAGE = 2000

/** @returns oldest first, null: not known yet; and why there are no newer ones */
export function useSessionEvents(session: string) {
  const [asked, ask] = useState(0)
  useEffect(() => onEvent(({ id }) => id === session && ask((n) => n + 1)), [session])
  const [events, setEvents] = useState<readonly Recorded[] | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  const known = useRef<readonly Recorded[]>([])
  useEffect(() => {
    let wanted = true
    const fetchNew = async (): Promise<void> => {
      for (let full = true; full && wanted;) {
        const after = known.current.at(-1)?.seq ?? 0
        const found = await client.call('events', { after, limit: PAGE, session })
        if (!wanted) return
        full = found.length === PAGE
        known.current = [...known.current, ...found]
      }
      setEvents(known.current)
      setFailed(null)
    }
    fetchNew().catch((error: unknown) => wanted && setFailed(sentenceOf(error)))
    return () => {
      wanted = false
    }
  }, [session, asked])
  return { events, failed }
}

/** A session's conversation, followed by its events: nothing is asked while nothing happens. */
import { useEffect, useRef, useState } from 'react'
import { client, sentenceOf } from './connection.ts'
import { type Held, PAGE, wantedOf, withEarlier, withNewest } from './conversation.ts'
import { onEvent, useBoard } from './store.ts'

/** What comes together is asked for together, ms. */
const GATHER_MS = 100
/** At most this often, ms: each time the end of a file is read. */
const EVERY_MS = 500
/** An agent writes its lines a moment after it has told of them, ms. */
const LATE_LINES_MS = 1500

/**
 * @param isFollowing is whoever reads it at the end?
 * @returns `earlier` asks for what stands before it, and calls right before it is there
 */
export function useConversation(session: string, isFollowing: () => boolean) {
  const live = useBoard().link.state === 'live'
  const [held, setHeld] = useState<Held | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  const known = useRef<Held | null>(null)
  const hold = (next: Held): void => {
    known.current = next
    setHeld(next)
    setFailed(null)
  }
  const following = useRef(isFollowing)
  following.current = isFollowing
  useEffect(() => {
    // What broke the connection is told by the page; after it all is asked anew.
    if (!live) return undefined
    let wanted = true
    let timer = 0
    let late = 0
    let last = 0
    const ask = (): void => {
      timer = 0
      last = Date.now()
      client.call('conversation', { repo: null, name: session, limit: wantedOf(known.current) }).then(
        (page) => wanted && hold(withNewest(known.current, page, following.current())),
        (error: unknown) => wanted && setFailed(sentenceOf(error)),
      )
    }
    const soon = (): void => {
      timer ||= window.setTimeout(ask, Math.max(GATHER_MS, last + EVERY_MS - Date.now()))
    }
    const unfollow = onEvent(({ id }) => {
      if (id !== session) return
      soon()
      window.clearTimeout(late)
      late = window.setTimeout(soon, LATE_LINES_MS)
    })
    ask()
    return () => {
      wanted = false
      unfollow()
      window.clearTimeout(timer)
      window.clearTimeout(late)
    }
  }, [session, live])
  const [asking, setAsking] = useState(false)
  const earlier = (comes: () => void): void => {
    const before = known.current?.earlier
    if (!before || asking) return
    setAsking(true)
    client
      .call('conversation', { repo: null, name: session, limit: PAGE, before })
      .then((page) => {
        comes()
        if (known.current) hold(withEarlier(known.current, before, page))
      })
      .catch((error: unknown) => setFailed(sentenceOf(error)))
      .finally(() => setAsking(false))
  }
  return { held, failed, earlier, asking }
}

/** One review on the page: what is compared, what is there, and what the person is about to say of it. */
import { createContext, useContext, useEffect, useRef, useState } from 'react'
import { markOf, withMark } from '../../board/marks.ts'
import type { Against, ReviewFile, ReviewView } from '../../protocol/review.ts'
import type { Place } from '../../board/place.ts'
import { barred, client, sentenceOf } from '../connection.ts'
import { onEvent } from '../store.ts'

export interface Asked {
  against: Against
  turns: { first: number; last: number } | null
}

export interface Reviewing {
  /** Of the session. */
  ref: { repo: null; name: string }
  view: ReviewView
  split: boolean
  /** The lines that a comment is being written on. */
  place: Place | null
  /** Begins a comment there; `extend`: from where one was begun before. Null ends it. */
  write: (place: Place | null, extend?: boolean) => void
  /** Files that were fetched in full, by their path. */
  whole: ReadonlyMap<string, ReviewFile>
  fetchWhole: (path: string, context: number) => Promise<void>
  ask: (asked: Asked) => void
  /** Fetches it anew. */
  reload: () => void
}

const Current = createContext<Reviewing | null>(null)
export const ReviewingProvider = Current.Provider

/** @throws outside of a review */
export function useReviewing(): Reviewing {
  const found = useContext(Current)
  if (found === null) throw new Error('there is no review around this part')
  return found
}

interface Loaded {
  /** What it answers; another one is on its way when it is not what is asked now. */
  asked: Asked
  view: ReviewView
}

/**
 * The view of what is asked, fetched anew when the work or the review changes.
 * @param state changes whenever the saved work does, or its turns
 */
export function useView(id: string, asked: Asked, state: string) {
  const [loaded, setLoaded] = useState<Loaded | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  const [said, setSaid] = useState(0)
  const saved = useRef<Asked | null>(null)
  useEffect(
    () =>
      onEvent((event) => {
        if (event.aggregate !== 'review' || event.id !== id) return
        const mark = markOf(event)
        if (mark === null) setSaid((n) => n + 1)
        else setLoaded((was) => was && { ...was, view: withMark(was.view, mark.change, mark.marked) })
      }),
    [id],
  )
  useEffect(() => {
    let wanted = true
    // What is there now is saved once for each question; what comes later, the session saves itself.
    const fresh = saved.current !== asked
    saved.current = asked
    client
      .call('review', { repo: null, name: id, ...asked, fresh })
      .then((view) => {
        if (!wanted) return
        setLoaded({ asked, view })
        setFailed(null)
      })
      .catch((error: unknown) => wanted && setFailed(sentenceOf(error)))
    return () => {
      wanted = false
    }
  }, [id, asked, state, said])
  return { loaded, failed, reload: () => setSaid((n) => n + 1) }
}

/** Says that the person looks, and, once they leave it, that they have looked at what was shown last. */
export function useLook(id: string, loaded: Loaded | null): void {
  const last = useRef<ReviewView | null>(null)
  // Some of the turns are not the whole.
  if (loaded !== null && loaded.asked.turns === null) last.current = loaded.view
  useEffect(() => {
    if (barred('seen') !== null) return
    // Removed meanwhile: nobody is left who could be told.
    client.call('seen', { repo: null, name: id, how: 'diff' }).catch(() => undefined)
    return () => {
      const commit = last.current?.to.commit
      if (commit !== undefined)
        client.call('reviewSeen', { repo: null, name: id, commit }).catch(() => undefined)
    }
  }, [id])
}

/** One action of the person at a time on each thing: while it runs, and what it ended with. */
import { useEffect, useRef, useState } from 'react'
import type { Procedure, SessionView } from '../protocol/api.ts'
import { barred, sentenceOf } from './connection.ts'
import { tellLate } from './late.ts'
import { show } from './store.ts'

/** What has stood there for less than this has not been read, ms. */
const READ_MS = 3000

export interface Acting {
  /** Nothing can be begun now. */
  busy: boolean
  /** Why none of it is done from here; null: it is. */
  barred: string | null
  /** Why the last one failed; null: it did not. */
  failed: string | null
  /** Runs it; a session that comes back is shown at once. It may ask whether the person has left where it began. */
  run: (work: (left: () => boolean) => Promise<SessionView | void>) => void
}

/** @param does what is done by it, which may be barred on a phone; null: each of its actions says that by itself */
export function useActing(does: Procedure | null): Acting {
  const [busy, setBusy] = useState(false)
  // What is drawn comes later than a second press may.
  const running = useRef(false)
  const left = useRef(false)
  const fell = useRef<{ why: string; at: number; address: string } | null>(null)
  useEffect(() => {
    left.current = false
    return () => {
      left.current = true
      const { why, at, address } = fell.current ?? { why: '', at: 0, address: '' }
      // It went away by itself, as what is asked does once somebody else has answered it.
      if (Date.now() - at < READ_MS && address === location.href) tellLate(why)
    }
  }, [])
  const [failed, setFailed] = useState<string | null>(null)
  const why = does && barred(does)
  return {
    busy: busy || why !== null,
    barred: why,
    failed,
    run(work) {
      if (running.current || why !== null) return
      running.current = true
      fell.current = null
      setBusy(true)
      setFailed(null)
      work(() => left.current)
        .then((session) => session && show(session))
        .catch((error: unknown) => {
          const why = sentenceOf(error)
          if (left.current) return tellLate(why)
          fell.current = { why, at: Date.now(), address: location.href }
          setFailed(why)
        })
        .finally(() => {
          running.current = false
          setBusy(false)
        })
    },
  }
}

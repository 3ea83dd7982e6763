/** One action of the person at a time on each thing: while it runs, and what it ended with. */
import { useEffect, useRef, useState } from 'react'
import { workOf } from '../board/work.ts'
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

/**
 * @param does what is done by it, which may be barred on a phone; null: each of its actions says that by itself
 * @param about how things stand: why something was not done, counts for these alone
 */
export function useActing(does: Procedure | null, about = ''): Acting {
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
  const [failed, setFailed] = useState<{ why: string; at: number; about: string } | null>(null)
  const now = useRef(about)
  useEffect(() => {
    now.current = about
    if (failed === null || failed.about === about) return
    const unread = READ_MS - (Date.now() - failed.at)
    const timer = setTimeout(() => setFailed(null), Math.max(0, unread))
    return () => clearTimeout(timer)
  }, [failed, about])
  const why = does && barred(does)
  return {
    busy: busy || why !== null,
    barred: why,
    failed: failed?.why ?? null,
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
          const at = Date.now()
          fell.current = { why, at, address: location.href }
          setFailed({ why, at, about: now.current })
        })
        .finally(() => {
          running.current = false
          setBusy(false)
        })
    },
  }
}

/** How a session stands, as far as it decides what can be done with its work. */
export const standingOf = (session: SessionView): string =>
  `${session.stage} ${session.process.state} ${session.activity.state} ${session.question?.id} ${workOf(session)}`

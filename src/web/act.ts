/** One action of the person at a time on each thing: while it runs, and what it ended with. */
import { useState } from 'react'
import type { SessionView } from '../protocol/api.ts'
import { sentenceOf } from './connection.ts'
import { show } from './store.ts'

export interface Acting {
  busy: boolean
  /** Why the last one failed; null: it did not. */
  failed: string | null
  /** Runs it; a session that comes back is shown at once. */
  run: (work: () => Promise<SessionView | void>) => void
}

export function useActing(): Acting {
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<string | null>(null)
  return {
    busy,
    failed,
    run(work) {
      if (busy) return
      setBusy(true)
      setFailed(null)
      work()
        .then((session) => session && show(session))
        .catch((error: unknown) => setFailed(sentenceOf(error)))
        .finally(() => setBusy(false))
    },
  }
}

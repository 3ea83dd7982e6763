/** Moves of the person's checkouts, to a session's work and back, one at a time; and what came of the last one. */
import { useState } from 'react'
import type { EditsView } from '../protocol/api.ts'
import { useActing } from './act.ts'
import { client } from './connection.ts'

export interface Moves {
  busy: boolean
  /** Why the last one failed; null: it did not. */
  failed: string | null
  /** What the person should know of it, each a sentence. */
  said: readonly string[]
  /** What they had changed since the one before, which is kept; null: nothing. */
  edits: EditsView | null
  /** Shows a session's work as it is by now. @param checkout null: in the main one */
  show: (session: string, checkout: string | null) => void
  /** @param root of its repository */
  back: (root: string, checkout: string) => void
}

export function useMoves(): Moves {
  const { busy, failed, run } = useActing('spotlight')
  const [came, setCame] = useState<{ notes: readonly string[]; edits: EditsView | null }>()
  const move = (work: () => Promise<{ notes: readonly string[]; edits: EditsView | null }>): void =>
    run(async () => setCame(await work()))
  return {
    ...{ busy, failed, said: came?.notes ?? [], edits: came?.edits ?? null },
    show: (session, checkout) =>
      move(() => client.call('spotlight', { repo: null, name: session, checkout })),
    back: (root, checkout) => move(() => client.call('spotlightOff', { repo: root, checkout })),
  }
}

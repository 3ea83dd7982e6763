/** What the journal knows of browsers that are notified by push: all but where and how they are written to. Pure. */
import type { Projection } from '../../journal/journal.ts'
import type { Recorded } from '../../protocol/index.ts'

export interface PushState {
  id: string
  /** Whose it is, and with which it ends; '' once it has ended. */
  access: string
  who: string
  service: string
  /** Milliseconds since the epoch. */
  since: number
  /** Why the last message failed; '' when it did not. */
  error: string
}

export const pushProjection: Projection<PushState> = {
  aggregate: 'push',
  version: 1,
  evolve(state: PushState | null, event: Recorded): PushState {
    const { id, at: since } = event
    const old = state ?? { id, access: '', who: '', service: '', since, error: '' }
    if (event.type === 'push.started') return { ...old, ...event.data }
    if (event.type === 'push.ended') return { ...old, access: '' }
    if (event.type === 'push.answered') return { ...old, ...event.data }
    return old
  },
}

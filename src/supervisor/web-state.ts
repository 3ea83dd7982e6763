/** What the journal knows of the web board: where it is served, and which browsers have access. Pure. */
import type { Projection } from '../journal/journal.ts'
import type { Recorded } from '../protocol/index.ts'

export interface WebState {
  /** Last one used; null: none yet. */
  port: number | null
  open: boolean
}

export const webProjection: Projection<WebState> = {
  aggregate: 'web',
  version: 1,
  evolve(state: WebState | null, event: Recorded): WebState {
    const old = state ?? { port: null, open: false }
    if (event.type === 'web.opened') return { port: event.data.port, open: true }
    if (event.type === 'web.closed') return { ...old, open: false }
    return old
  },
}

export interface AccessState {
  id: string
  /** SHA-256 of the token, hex; '' once revoked. */
  hash: string
  label: string
  at: number
}

export const accessProjection: Projection<AccessState> = {
  aggregate: 'access',
  version: 1,
  evolve(state: AccessState | null, event: Recorded): AccessState {
    const old = state ?? { id: event.id, hash: '', label: '', at: event.at }
    if (event.type === 'access.granted') return { ...old, hash: event.data.hash, label: event.data.label }
    if (event.type === 'access.revoked') return { ...old, hash: '' }
    return old
  },
}

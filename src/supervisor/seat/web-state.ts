/** What the journal knows of the web board: where it is served, and which browsers and phones have access. Pure. */
import type { Projection } from '../../journal/journal.ts'
import type { Recorded } from '../../protocol/index.ts'
import type { PhoneAccess } from '../../protocol/phone-access.ts'

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
  /** Absent: a browser of this machine. */
  phone?: PhoneAccess
  /** Which of the person's tokens it was when it was granted; absent: an earlier version did not say. */
  under?: string
}

export const accessProjection: Projection<AccessState> = {
  aggregate: 'access',
  version: 2,
  evolve(state: AccessState | null, event: Recorded): AccessState {
    const old = state ?? { id: event.id, hash: '', label: '', at: event.at }
    if (event.type === 'access.granted') return { ...old, ...event.data }
    if (event.type === 'access.revoked') return { ...old, hash: '' }
    return old
  },
}

export interface PhonesState {
  /** Where it was open last; null: never. */
  place: { address: string; port: number } | null
  /** Null: it is closed. */
  open: { fingerprint: string; until: number | null } | null
  /** Why it was closed last; empty: it is open, or never was. */
  closed: string
}

export const phonesProjection: Projection<PhonesState> = {
  aggregate: 'phone',
  version: 1,
  evolve(state: PhonesState | null, event: Recorded): PhonesState {
    const old = state ?? { place: null, open: null, closed: '' }
    if (event.type === 'phone.opened') {
      const { address, port, fingerprint, until } = event.data
      return { place: { address, port }, open: { fingerprint, until }, closed: '' }
    }
    if (event.type === 'phone.closed') return { ...old, open: null, closed: event.data.why }
    return old
  },
}

/** The smallest events and projection that show what a journal does. */
import type { Projection } from '../../src/journal/journal.ts'
import type { Draft } from '../../src/protocol/index.ts'

export interface NoteState {
  /** Only the newest, so that the row stays small however many there are. */
  notes: string[]
}

export const notes: Projection<NoteState> = {
  aggregate: 'session',
  version: 1,
  evolve(state, event) {
    const before = state ?? { notes: [] }
    return event.type === 'session.noted' ? { notes: [...before.notes, event.data.note].slice(-5) } : before
  },
}

export function noted(id: string, note: string, cause = 'test'): Draft {
  return {
    type: 'session.noted',
    aggregate: 'session',
    id,
    data: { note },
    actor: { kind: 'person', via: 'test' },
    cause,
  }
}

/** The projections' rows, kept at hand: whoever looks parses nothing that has not changed. */
import type { DatabaseSync } from 'node:sqlite'
import type { Aggregate } from '../protocol/index.ts'
import type { Stored } from './journal.ts'

/** A row as it is stored. */
interface Row {
  id: string
  version: number
  /** JSON. */
  state: string
}

export interface States {
  /** By id, in the order of their first events. Shared with whoever asked before, so frozen. */
  of<State>(aggregate: Aggregate): ReadonlyMap<string, Stored<State>>
  /** A row was written by this handle, within {@link whole}. */
  keep(aggregate: Aggregate, row: Row): void
  /** Runs a transaction; what it kept counts only when it was committed. */
  whole<T>(transaction: () => T): T
}

export function createStates(db: DatabaseSync): States {
  const select = db.prepare('SELECT id, version, state FROM projection WHERE aggregate = ? ORDER BY first')
  /** Changes when another connection has written (https://sqlite.org/pragma.html#pragma_data_version). */
  const others = db.prepare('PRAGMA data_version')
  const kept = new Map<Aggregate, Map<string, Stored<unknown>>>()
  let seen: unknown

  return {
    of<State>(aggregate: Aggregate) {
      const { data_version: now } = others.get() as { data_version: number }
      if (now !== seen) kept.clear()
      seen = now
      let rows = kept.get(aggregate)
      if (rows === undefined) {
        const stored = select.all(aggregate) as unknown as Row[]
        rows = new Map(stored.map((row) => [row.id, parsed(row)]))
        kept.set(aggregate, rows)
      }
      return rows as ReadonlyMap<string, Stored<State>>
    },
    keep(aggregate, row) {
      // As the row would be read again: what JSON leaves out is not there.
      kept.get(aggregate)?.set(row.id, parsed(row))
    },
    whole(transaction) {
      try {
        return transaction()
      } catch (error) {
        kept.clear()
        throw error
      }
    },
  }
}

function parsed({ id, version, state }: Row): Stored<unknown> {
  return frozen({ id, version, state: JSON.parse(state) as unknown })
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen)
    Object.freeze(value)
  }
  return value
}

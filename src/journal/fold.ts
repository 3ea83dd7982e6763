/** Events folded into projections. */
import type { DatabaseSync } from 'node:sqlite'
import type { Aggregate, Recorded } from '../protocol/index.ts'
import type { AnyProjection, Projection } from './journal.ts'

export interface EventRow {
  seq: number
  at: number
  aggregate: string
  id: string
  version: number
  type: string
  data: string
  actor: string
  cause: string
}

interface Row {
  aggregate: string
  id: string
  /** Seq of its first event. */
  first: number
  version: number
  state: unknown
}

/** A stored row as the event it was. */
export function toEvent(row: EventRow): Recorded {
  return { ...row, data: JSON.parse(row.data), actor: JSON.parse(row.actor) } as unknown as Recorded
}

/** The state after one more event; an event that `evolve` does not know changes nothing. */
export function fold<State>(
  projection: Projection<State>,
  state: State | null,
  event: Recorded,
): State | null {
  const next = projection.evolve(state, event) as State | undefined
  return next === undefined ? state : next
}

/** Makes every projection's rows again from the events, when any of them is not of the stored shape. */
export function rebuildIfChanged(
  db: DatabaseSync,
  projections: ReadonlyMap<Aggregate, AnyProjection>,
  shape: string,
): void {
  const stored = db.prepare('SELECT projections FROM writer').get() as { projections: string }
  if (stored.projections === shape) return
  const states = new Map<string, Row>()
  for (const row of db.prepare('SELECT * FROM event ORDER BY seq').iterate()) {
    const event = toEvent(row as unknown as EventRow)
    const projection = projections.get(event.aggregate)
    if (!projection) continue
    const key = `${event.aggregate}\0${event.id}`
    const before = states.get(key)
    const { aggregate, id, seq, version } = event
    const state = fold(projection, before?.state ?? null, event)
    states.set(key, { aggregate, id, first: before?.first ?? seq, version, state })
  }
  db.exec('DELETE FROM projection')
  const insert = db.prepare(
    'INSERT INTO projection (aggregate, id, first, version, state) VALUES (?, ?, ?, ?, ?)',
  )
  for (const { aggregate, id, first, version, state } of states.values())
    if (state !== null) insert.run(aggregate, id, first, version, JSON.stringify(state))
  db.prepare('UPDATE writer SET projections = ?').run(shape)
}

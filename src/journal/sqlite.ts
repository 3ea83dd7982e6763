/** The embedded journal: SQLite in the process, one file, one writer at a time. */
import type { Aggregate, Draft, Recorded } from '../protocol/index.ts'
import { WorktrainError } from '../protocol/index.ts'
import type { AnyProjection, Journal, Projection } from './journal.ts'
import { createDelivery } from './delivery.ts'
import { fold, rebuildIfChanged, toEvent } from './fold.ts'
import type { EventRow } from './fold.ts'
import { fromSqlite, openDatabase, transaction } from './schema.ts'
import { createStates } from './states.ts'

export interface SqliteJournalOptions {
  /** The database file; made, with its directory, when it does not exist. */
  path: string
  /** At most one for each aggregate. */
  projections: readonly AnyProjection[]
  /** Milliseconds since the epoch. */
  now: () => number
  /** For looking on from a process that is not the writer: changes nothing, not even projections. */
  readOnly?: boolean
  /** What a listener threw. Default: thrown again on its own, so that it ends the process. */
  onListenerError?: (error: unknown) => void
}

/**
 * Opens (and makes, and migrates) a journal.
 *
 * A handle that never claimed may append only as long as nobody has. An `evolve` that returns
 * undefined does not know the event, which a newer version may have written: the state stays as it was.
 * `subscribe` reports the commits of this handle.
 *
 * @throws JOURNAL_NEWER, DISK_FULL
 */
export async function openSqliteJournal(options: SqliteJournalOptions): Promise<Journal> {
  const { path, now } = options
  const projections = new Map<Aggregate, AnyProjection>(
    options.projections.map((one) => [one.aggregate, one]),
  )
  if (projections.size !== options.projections.length) throw new Error('two projections of one aggregate')
  const shape = [...projections.values()]
    .map((one) => `${one.aggregate}:${one.version}`)
    .sort()
    .join(' ')

  const db = openDatabase(path, now, options.readOnly ?? false)
  if (!options.readOnly) coded(() => transaction(db, () => rebuildIfChanged(db, projections, shape)))

  const writerState = db.prepare('SELECT epoch, projections FROM writer')
  const insertEvent = db.prepare(
    'INSERT INTO event (seq, at, aggregate, id, version, type, data, actor, cause) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const selectHead = db.prepare('SELECT coalesce(max(seq), 0) AS seq FROM event')
  const selectVersion = db.prepare(
    'SELECT coalesce(max(version), 0) AS version FROM event WHERE id = ? AND aggregate = ?',
  )
  const selectAggregates = db.prepare('SELECT DISTINCT aggregate FROM event WHERE id = ?')
  const saveState = db.prepare(
    `INSERT INTO projection (aggregate, id, first, version, state) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, state = excluded.state`,
  )

  const states = createStates(db)
  const delivery = createDelivery(options.onListenerError)
  let epoch = 0

  /** Runs a statement or transaction; the driver's errors come out coded. */
  function coded<T>(body: () => T): T {
    try {
      return body()
    } catch (error) {
      throw fromSqlite(error, path)
    }
  }

  function versionOf(aggregate: string, id: string): number {
    return (selectVersion.get(id, aggregate) as { version: number }).version
  }

  function refuseFenced(): void {
    const writer = writerState.get() as { epoch: number; projections: string }
    if (writer.epoch !== epoch)
      throw new WorktrainError(
        'JOURNAL_FENCED',
        `The journal is written by epoch ${writer.epoch}; this handle holds ${epoch}.`,
      )
    // Folding with another version's evolve would leave rows that neither version understands.
    if (writer.projections !== shape)
      throw new WorktrainError(
        'JOURNAL_FENCED',
        `The journal's projections were rebuilt by another version of Worktrain.`,
      )
  }

  function refuseConflict(drafts: readonly Draft[], expect: Record<string, number>): void {
    for (const [id, expected] of Object.entries(expect)) {
      const touched = new Set<string>(
        drafts.filter((draft) => draft.id === id).map((draft) => draft.aggregate),
      )
      if (touched.size === 0)
        for (const row of selectAggregates.all(id)) touched.add(row['aggregate'] as string)
      const versions = touched.size === 0 ? [0] : [...touched].map((aggregate) => versionOf(aggregate, id))
      const actual = versions.find((version) => version !== expected)
      if (actual !== undefined)
        throw new WorktrainError(
          'JOURNAL_CONFLICT',
          `${id} is at version ${actual}, not ${expected}: something else changed it.`,
          {
            details: { id, expected, actual },
          },
        )
    }
  }

  function store(draft: Draft, seq: number, at: number): Recorded {
    const { type, aggregate, id, data, actor, cause } = draft
    const version = versionOf(aggregate, id) + 1
    const event = { type, aggregate, id, data, actor, cause, seq, at, version } as Recorded
    insertEvent.run(seq, at, aggregate, id, version, type, JSON.stringify(data), JSON.stringify(actor), cause)
    const projection = projections.get(aggregate)
    if (projection) {
      const state = fold(projection, states.of(aggregate).get(id)?.state ?? null, event)
      if (state !== null) {
        const json = JSON.stringify(state)
        saveState.run(aggregate, id, seq, version, json)
        states.keep(aggregate, { id, version, state: json })
      }
    }
    return event
  }

  return {
    async append(drafts, expect = {}) {
      const stored = coded(() =>
        states.whole(() =>
          transaction(db, () => {
            refuseFenced()
            refuseConflict(drafts, expect)
            const head = (selectHead.get() as { seq: number }).seq
            const at = now()
            return drafts.map((draft, index) => store(draft, head + 1 + index, at))
          }),
        ),
      )
      delivery.deliver(stored)
      return stored
    },

    async read({ after = 0, aggregate, id, limit } = {}) {
      const where = ['seq > ?']
      const values: (string | number)[] = [after]
      if (aggregate !== undefined) {
        where.push('aggregate = ?')
        values.push(aggregate)
      }
      if (id !== undefined) {
        where.push('id = ?')
        values.push(id)
      }
      const sql = `SELECT * FROM event WHERE ${where.join(' AND ')} ORDER BY seq LIMIT ?`
      return coded(() =>
        db
          .prepare(sql)
          .all(...values, limit ?? -1)
          .map((row) => toEvent(row as unknown as EventRow)),
      )
    },

    async get<State>(projection: Projection<State>, id: string) {
      refuseUnregistered(projection)
      return coded(() => states.of<State>(projection.aggregate).get(id)) ?? null
    },

    async list<State>(projection: Projection<State>) {
      refuseUnregistered(projection)
      return [...coded(() => states.of<State>(projection.aggregate)).values()]
    },

    async head() {
      return coded(() => (selectHead.get() as { seq: number }).seq)
    },

    subscribe: delivery.subscribe,

    async claim() {
      epoch = coded(() =>
        transaction(
          db,
          () =>
            (db.prepare('UPDATE writer SET epoch = epoch + 1 RETURNING epoch').get() as { epoch: number })
              .epoch,
        ),
      )
      return { epoch }
    },

    async close() {
      if (db.isOpen) db.close()
    },
  }

  function refuseUnregistered(projection: AnyProjection): void {
    const writer = options.readOnly ? (writerState.get() as { projections: string }) : null
    if (projections.get(projection.aggregate) !== projection)
      throw new Error(`the journal was opened without this projection of ${projection.aggregate}`)
    if (writer && !writer.projections.split(' ').includes(`${projection.aggregate}:${projection.version}`))
      throw new WorktrainError(
        'JOURNAL_NEWER',
        `The journal's ${projection.aggregate} rows were made by another version of Worktrain.`,
      )
  }
}

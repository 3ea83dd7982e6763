/** The journal's port. `sqlite.ts` is the embedded adapter; the contract suite is test/journal/contract.ts. */
import type { Aggregate, Draft, Recorded } from '../protocol/index.ts'

/**
 * A projection: one row of state for each aggregate, made by folding its events.
 *
 * `evolve` is pure. The row is stored as JSON beside the events, written in the same transaction, and
 * rebuilt from the events when `version` changes.
 */
export interface Projection<State> {
  aggregate: Aggregate
  /** Raise it whenever evolve's result changes shape: the rows are then rebuilt at open. */
  version: number
  evolve(state: State | null, event: Recorded): State
}

/** A projection whatever its state's type: states are only ever passed back to their own `evolve`. */
export type AnyProjection = Projection<unknown>

export interface Stored<State> {
  id: string
  /** Number of events folded so far. */
  version: number
  /** Shared by all who read it: frozen, or theirs alone. */
  state: State
}

export interface Journal {
  /**
   * Stores events and their projections in one transaction; when the promise resolves they survive
   * any crash. Events of one call are consecutive.
   * @param expect optimistic concurrency: aggregate id -> version it must have (0: must not exist)
   * @throws JOURNAL_CONFLICT when an expectation fails, JOURNAL_FENCED when a newer epoch exists,
   *   DISK_FULL when the disk is
   */
  append(drafts: Draft[], expect?: Record<string, number>): Promise<Recorded[]>
  /** Events with seq > after, oldest first. */
  read(options?: { after?: number; aggregate?: Aggregate; id?: string; limit?: number }): Promise<Recorded[]>
  get<State>(projection: Projection<State>, id: string): Promise<Stored<State> | null>
  /** All, in the order of their first events. */
  list<State>(projection: Projection<State>): Promise<Stored<State>[]>
  /** Seq of the newest event, 0 when there is none. */
  head(): Promise<number>
  /** Called after each commit, in order; returns the unsubscribe function. */
  subscribe(listener: (events: Recorded[]) => void): () => void
  /** Takes the writer's role: later appends through older handles fail with JOURNAL_FENCED. */
  claim(): Promise<{ epoch: number }>
  close(): Promise<void>
}

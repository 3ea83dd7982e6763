/** Which two states a review compares, and what came about between them. Pure. */
import type { Against, ReviewTurn } from '../protocol/review.ts'

/** A commit whose tree is a state of the work; `turn` null: nobody's turn made it. */
export interface Stop {
  commit: string
  turn: number | null
}

export interface Span {
  from: string
  to: string
  /** Between them, in order. */
  stops: Stop[]
  /** Index of the first stop that holds `from` already; 0: all do. */
  since: number
}

export interface History {
  /** The commit the session was started from. */
  started: string
  /** Its base now: that, or the main it was last updated to. */
  base: string
  turns: readonly ReviewTurn[]
}

/** The whole work. @param from base or main; `to` is the newest state, or what would land of it */
export function wholeSpan({ started, base, turns }: History, from: string, to: string): Span {
  const stops = stopsOf(turns)
  if (from === started) return { from, to, stops, since: 0 }
  // Main's own lines are followed from where they came in; what the turns did before, from the start.
  const update = turns.findLast(({ kind }) => kind === 'update')
  const all = [{ commit: started, turn: null }, ...stops]
  if (update === undefined || base === started) return { from, to, stops: all, since: 0 }
  const at = all.findIndex(({ turn }) => turn !== null && turn >= update.n)
  return { from, to, stops: all, since: at === -1 ? 0 : at }
}

/** What came after a snapshot. */
export function spanSince({ turns }: History, snapshot: { n: number; commit: string }, to: string): Span {
  const later = turns.filter((turn) => (turn.snapshot?.n ?? 0) > snapshot.n)
  return { from: snapshot.commit, to, stops: stopsOf(later), since: 0 }
}

/** Turns `first` to `last`. Null: nothing was changed in them. */
export function spanOfTurns({ started, turns }: History, first: number, last: number): Span | null {
  const before = stopsOf(turns.filter(({ n }) => n < first)).at(-1)?.commit ?? started
  const stops = stopsOf(turns.filter(({ n }) => n >= first && n <= last))
  const to = stops.at(-1)?.commit
  return to === undefined ? null : { from: before, to, stops, since: 0 }
}

function stopsOf(turns: readonly ReviewTurn[]): Stop[] {
  return turns.flatMap(({ n, snapshot }) => (snapshot === null ? [] : [{ commit: snapshot.commit, turn: n }]))
}

/** What is compared with, as people say it. */
export const AGAINST: Record<Against, string> = {
  base: 'the commit it started from',
  main: 'main as it is now: what landing it would change',
  seen: 'what you last looked at',
  approved: 'what you approved',
}

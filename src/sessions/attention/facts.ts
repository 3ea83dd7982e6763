/** What attention needs to know beyond a session's own events. */
import type { AttentionItem } from '../../protocol/attention.ts'

export interface AttentionFacts {
  /** Milliseconds since the epoch. */
  now: number
  /** Root of the session's repository. */
  root: string
  /** The session's newest change, if it has one. `checked`: a check has run for it; `conflicts`: it was ejected as it does not merge. */
  change: { id: string; state: string; why: string; at: number; checked: boolean; conflicts: boolean } | null
  /** Session that is at work on repairing the newest change. */
  repairedBy: string | null
  /** Why the train does not move, told on the first of those that wait for it; null: it moves, or another tells. */
  train: AttentionItem | null
  /** Names of the sessions that wait for this one. */
  heldUp: readonly string[]
  overlaps: readonly Overlap[]
  /** Can it be given a prompt, now or by continuing its conversation? */
  takesPrompts: boolean
  /** The work as it is has been approved. */
  reviewed: boolean
  /** Why it was rejected since it was handed off, and whether the session was told; null: it was not. */
  rejected: { reason: string; told: boolean } | null
  /** Does its agent tell when it takes a prompt up? */
  tellsPrompts: boolean
  /** What answering "always" allows in the repository; null: only in this session. */
  always: string | null
}

/** Paths that one session wrote and another owns. */
export interface Overlap {
  with: string
  paths: string[]
}

/** What attention needs to know beyond a session's own events. */
import type { AttentionItem } from '../../protocol/attention.ts'

export interface AttentionFacts {
  /** Milliseconds since the epoch. */
  now: number
  /** Root of the session's repository. */
  root: string
  /** The session's newest change, if it has one. */
  change: ChangeFacts | null
  /** Session that is at work on repairing the newest change. */
  repairedBy: string | null
  /** Why the train does not move, told on the first of those that wait for it; null: it moves, or another tells. */
  train: AttentionItem | null
  /** Agent that can be started to mend what was ejected or conflicts; null: it is not installed. */
  mender: string | null
  /** Names of the sessions that wait for this one. */
  heldUp: readonly string[]
  overlaps: readonly Overlap[]
  /** Can it be given a prompt, now or by continuing its conversation? */
  takesPrompts: boolean
  /** The work as it is has been approved. */
  reviewed: boolean
  /** Why it was rejected since it was handed off, and whether the session was told; null: it was not. */
  rejected: { reason: string; told: boolean } | null
  /** Some of what was approved is in no commit: it cannot land. */
  uncommitted: boolean
  /** Does its agent tell when it takes a prompt up? */
  tellsPrompts: boolean
  /** What answering "always" allows in the repository; null: only in this session. */
  always: string | null
}

export interface ChangeFacts {
  id: string
  state: string
  why: string
  at: number
  /** A check has run for it. */
  checked: boolean
  /** It was ejected as it does not merge with this commit, or branch, in these files; null: it was not. */
  conflicts: { main: string; files: readonly string[] } | null
  /** It was ejected for what may be gone by now: no conflict, no check. */
  mayPass: boolean
}

/** Paths that one session wrote and another owns. */
export interface Overlap {
  with: string
  paths: string[]
}

/** Ports of the train: what it needs from outside, wired in `supervisor`. */
import type { Blocked, ChangeState } from '../protocol/index.ts'
import type { Intent } from './landable.ts'

/**
 * Runs one check command in the train's clean workspace, inside a cell.
 *
 * The command is given to `/bin/sh -c` or its like. Output goes to `onOutput`; the train itself writes it
 * to `log`. Nothing that the command started is left when it resolves. A rejection means that the command
 * could not be run at all: that is no verdict.
 */
export type RunCheck = (options: {
  command: string
  cwd: string
  /** File the train keeps the output in, for messages. */
  log: string
  timeoutMs: number
  /** Of all its processes together; null: no limit. */
  memoryBytes: number | null
  onOutput: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void
  signal: AbortSignal
}) => Promise<{
  /** Null: something else than itself ended it. */
  exit: number | null
  signal: string | null
  timedOut: boolean
  /** Limit that ended it, as a sentence. */
  limit?: string | null
}>

/** One finished check of a tree. */
export interface CheckResult {
  command: string
  tree: string
  /** Null: ended by a signal or by the time-out. */
  exit: number | null
  ms: number
  log: string
  /** Last part of the output, without control sequences. */
  tail: string
  timedOut?: boolean
  /** Tracked files it changed: then it proves nothing. */
  dirtied?: string[]
}

/** A change as the projection keeps it. */
export interface Change {
  id: string
  repository: string
  session: string | null
  name: string
  branch: string
  /** The pinned commit: what the branch gets later is a later change. */
  head: string
  target: string
  checks: string[]
  message: string
  state: ChangeState
  queuedAt: number
  /** Order on the train: the seq of the event that queued it. */
  place: number
  base: string | null
  candidate: { commit: string; tree: string; ref: string } | null
  /** Green results of all attempts, red ones of this attempt. */
  results: CheckResult[]
  /** The check that runs, or ran when the train was killed. */
  running: { command: string; tree: string; log: string; at: number } | null
  intent: Intent | null
  blocked: Blocked | null
  landed: { commit: string; at: number } | null
  ejected: { reason: string; detail: string; files: string[]; log: string | null } | null
  /** How often its verdict was voided. */
  voids: number
  /** Why its verdict was last voided. */
  voided: { why: string; detail: string } | null
  /** How often it was voided because a check changed tracked files. */
  dirtied: number
}

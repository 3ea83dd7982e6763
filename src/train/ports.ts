/** What the files of the train know of a change, and what the train needs from outside, wired in `supervisor`. */
import type { ChangeEvents, ChangeState, CheckResult } from '../protocol/index.ts'

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
  /** Order on the train among equals: the seq of the event that queued it. */
  place: number
  /** Higher goes first. */
  priority: number
  undoes: { commit: string; names: string[] } | null
  /** Of a change without a session: agent that takes it up when it is ejected; null: none is named. */
  resolver: string | null
  /** Who has it since it was ejected; null: it has a session, or it is not known yet. */
  returned: ChangeEvents['change.returned'] | null
  /** Why the person holds it; null: nobody does. */
  held: string | null
  /** It failed alone once. */
  suspected: { build: string; result: CheckResult; detail: string; at: number } | null
  /** When it was last found innocent after all; null: never. */
  cleared: number | null
  /** `build` null: its content was in the target already. */
  landed: { commit: string; at: number; build: string | null } | null
  ejected: {
    reason: 'conflict' | 'checks' | 'foreign-paths' | 'person' | 'error'
    detail: string
    files: string[]
    log: string | null
    base: string | null
    evidence: CheckResult[]
    at: number
  } | null
  /** How often it was ejected. */
  ejections: number
}

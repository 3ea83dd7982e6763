/** Ports of the train: what it needs from outside, wired in `supervisor`. */
import type { ChangeState } from '../protocol/index.ts'

/** Runs one check command in the train's clean workspace, inside a cell. */
export type RunCheck = (options: {
  command: string
  cwd: string
  log: string
  timeoutMs: number
  onOutput: (chunk: Uint8Array) => void
  signal: AbortSignal
}) => Promise<{ exit: number | null; signal: string | null; timedOut: boolean }>

/** A change as the projection keeps it. */
export interface Change {
  id: string
  repository: string
  session: string | null
  name: string
  branch: string
  head: string
  target: string
  checks: string[]
  message: string
  state: ChangeState
  queuedAt: number
  base: string | null
  candidate: { commit: string; tree: string; ref: string } | null
  results: { command: string; tree: string; exit: number | null; ms: number; log: string; tail: string }[]
  intent: {
    old: string
    new: string
    tree: string
    method: 'fast-forward' | 'compare-and-swap'
    checkout: string | null
  } | null
  blocked: { reason: string; paths: string[]; detail: string } | null
  landed: { commit: string; at: number } | null
  ejected: { reason: string; detail: string; files: string[]; log: string | null } | null
  /** How often its verdict was voided. */
  voids: number
}

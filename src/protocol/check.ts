/** A check as it is configured: the command, and what is known about running it. */

export interface CheckSpec {
  /** Command line for the shell; also the check's name everywhere. */
  run: string
  /** After this it is ended and counts as red, ms; null: the train's own limit. */
  timeoutMs: number | null
  /** Resident memory of all its processes together above which it is ended, bytes; null: the train's own limit. */
  memoryBytes: number | null
  /** Globs of the only paths that can change its verdict; none: every path can. */
  paths: string[]
  /** Where it writes its test results, relative to the top of the work tree; null: nowhere, or on its output. */
  report: string | null
}

/** A check of which nothing but the command is known. */
export function plainCheck(run: string): CheckSpec {
  return { run, timeoutMs: null, memoryBytes: null, paths: [], report: null }
}

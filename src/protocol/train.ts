/** Words of the merge queue that cross a process: what was tested on top of what, and what came of it. */

/** A change in a build: the commit that lands, and the merge of everything before it with it. */
export interface BuildMember {
  change: string
  name: string
  /** Pinned commit of the change. */
  head: string
  /** The merge: what main would be if the build landed up to here. */
  commit: string
  tree: string
}

/** A conflicted file for which a remembered resolution or the configured merge driver was used. */
export interface ResolvedPath {
  path: string
  how: 'remembered' | 'driver'
  /** Where the resolution comes from: a commit, or the driver's command. */
  from: string
}

/** What a test program said of its single tests. */
export interface TestReport {
  /** How it was written down. */
  format: 'junit' | 'tap' | 'vitest' | 'pytest'
  passed: number
  failed: number
  skipped: number
  /** Failed tests by name, at most 50; `message` is plain text. */
  failures: { name: string; message: string }[]
}

/** One finished check of a tree. */
export interface CheckResult {
  command: string
  tree: string
  /** Null: ended by a signal, by a limit or by the time-out. */
  exit: number | null
  ms: number
  log: string
  /** Last part of the output, without control sequences. */
  tail: string
  timedOut?: boolean
  /** Limit that ended it, as a sentence. */
  limit?: string
  /** Tracked files it changed: then it proves nothing. */
  dirtied?: string[]
  tests?: TestReport
  /** Tools and settings it ran with: a verdict counts only for the same. */
  environment?: string
}

/** Proof that a tree passed a check, as a landing keeps it. */
export interface Proof {
  command: string
  tree: string
  exit: 0
  ms: number
  log: string
  /** Build in which it ran; another one than the landed: the same tree was tested there. */
  build: string
  environment: string
  tests?: TestReport
}

/** A check that was not needed, by the configured map from paths to checks. */
export interface SkippedCheck {
  command: string
  why: string
}

/** Why a build is tested. */
export type BuildPurpose =
  /** To land its members. */
  | 'landing'
  /** Suspects once more, alone, before they are ejected. */
  | 'retest'
  /** The target itself: is it to blame, or still green after a landing? No members. */
  | 'target'

/** What keeps a tested candidate from landing. */
export interface Blocked {
  reason: 'checkout' | 'index-lock' | 'mid-operation' | 'remote'
  paths: string[]
  /** What is in the way and what to do, for the person. */
  detail: string
}

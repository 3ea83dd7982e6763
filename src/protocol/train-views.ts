/** What the supervisor's answers about the train look like. */
import type { ChangeState } from './events.ts'
import type {
  BuildMember,
  BuildPurpose,
  CheckResult,
  Proof,
  ResolvedPath,
  SkippedCheck,
  TestReport,
} from './train.ts'

/** A change on the train, or one that was. */
export interface ChangeView {
  id: string
  name: string
  session: string | null
  branch: string
  head: string
  target: string
  /** `testing`, `landing` and `blocked` are a queued change's, told by the builds it is in. */
  state: ChangeState | 'testing' | 'landing' | 'blocked'
  /** One sentence: where it is, and why. */
  why: string
  /** From 1; null when it is not on the train. */
  position: number | null
  priority: number
  queuedAt: number
  /** Builds under way that hold it, the one that decides first. */
  builds: string[]
  /** When it is expected to have landed, ms since the epoch; null: not known, and `why` says why not. */
  expected: number | null
  /** Times it was ejected. */
  ejections: number
  /** Of the build that speaks for or against it. */
  checks: CheckView[]
  landed: { commit: string; at: number } | null
  ejected: {
    reason: string
    detail: string
    files: string[]
    log: string | null
    evidence: CheckResult[]
  } | null
  undoes: { commit: string; names: string[] } | null
}

/** A session's change, and whether it was on the train before it was put there. */
export type LandView = ChangeView & { already: boolean }

/** A check of a build. */
export interface CheckView {
  command: string
  /** `proven`: the same tree passed it before, in this very environment. */
  state: 'waiting' | 'running' | 'passed' | 'failed' | 'proven' | 'skipped'
  exit: number | null
  /** So far, while it runs. */
  ms: number
  /** What it usually takes, ms; null: never seen. */
  usually: number | null
  log: string | null
  /** The end of what it printed, as plain text; while it runs, of what it has printed so far. */
  tail: string
  tests: TestReport | null
  /** Why it was skipped, or what ended it; empty: nothing to say. */
  note: string
}

/** A candidate under test. */
export interface BuildView {
  id: string
  purpose: BuildPurpose
  base: string
  members: BuildMember[]
  commit: string
  tree: string
  /** What is tested on top of what, as a sentence. */
  what: string
  checks: CheckView[]
  resolved: ResolvedPath[]
  startedAt: number
  expected: number | null
}

/** A landing with its evidence. */
export interface LandingView {
  /** Seq of its event. */
  seq: number
  at: number
  build: string
  target: string
  old: string
  new: string
  tree: string
  members: {
    change: string
    name: string
    session: string | null
    head: string
    commit: string
    branch: string
  }[]
  checks: Proof[]
  skipped: SkippedCheck[]
  resolved: ResolvedPath[]
  environment: string
  ms: number
  remote: string | null
}

export interface TrainView {
  target: string
  /** Where the target is, and whether this very commit is known to pass the checks. */
  main: { commit: string | null; green: boolean | null }
  /** The same branch at the remote, as last seen; null: there is none. */
  remote: { name: string; commit: string; ahead: number; behind: number } | null
  /** What the person should know of where the target is, such as a remote that does not answer; empty: nothing. */
  note: string
  paused: string | null
  /** When it was paused, or a landing was blocked, ms since the epoch; null: neither. */
  stoppedAt: number | null
  /** The one reason why it does not move; null: it moves or there is nothing to do. */
  stuck: string | null
  mode: 'prefix' | 'every-commit'
  /** Builds that may be tested at a time, and why so many. */
  slots: { count: number; why: string }
  /** Share of changes expected to fail, from what was seen. */
  failureRate: number
  /** In testing now. */
  builds: BuildView[]
  /** Those that left the train, oldest first; then those on it, in order. */
  changes: ChangeView[]
  /** Ejected changes that wait for the person, each with the command line that is most likely to settle it; empty unless asked for. */
  asks: { change: string; action: string }[]
  /** Newest last. */
  landings: LandingView[]
  /** Tests, or whole checks (`test` null), seen red and green on the same tree; worst first. */
  flaky: { command: string; test: string | null; times: number; at: number }[]
}

/** How a commit of the target got there. */
export interface CommitView {
  commit: string
  subject: string
  author: string
  target: string
  /** The commit of the target's own line that brought it. */
  through: string
  /** Null: no landing of this train explains it; somebody moved the branch by hand. */
  landing: LandingView | null
  /** The change it came with. */
  change: string | null
  /** One paragraph. */
  why: string
}

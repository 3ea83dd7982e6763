/** What the supervisor's answers look like: plain data, for every client alike. */
import type { AttentionItem } from './attention.ts'
import type {
  Activity,
  Handoff,
  ProcessState,
  Question,
  Rung,
  Stage,
  Usage,
  WorkspaceKind,
} from './session.ts'
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

export type * from './doctor-view.ts'

/** A session as every client sees it. */
export interface SessionView {
  id: string
  name: string
  repository: { id: string; root: string }
  goal: string
  agent: string
  stage: Stage
  stageWhy: string
  process: {
    state: ProcessState
    generation: number
    pid: number | null
    exit: { code: number | null; signal: string | null } | null
    why: string
  }
  activity: Activity
  /** Age of the activity's evidence in ms when the view was made. */
  age: number
  /** What needs the person, most urgent first; empty: nothing does. */
  attention: AttentionItem[]
  /** When the person last looked at it; null: never. */
  seenAt: number | null
  question: Question | null
  /** What answering "always" allows in the repository from now on; absent or null: only in this session. */
  always?: string | null
  branch: string
  base: { oid: string; ref: string; chosen: string }
  workspace: { kind: WorkspaceKind; path: string; made: boolean }
  cell: { rung: Rung; why: string }
  head: string | null
  lastSnapshot: { n: number; oid: string; at: number } | null
  waitsFor: string[]
  owns: string[]
  /** Globs the person has allowed it besides. */
  granted: string[]
  /**
   * Whether it merged with main when that was last looked at: with which commit of main, and which state of the
   * session. `stale`: what has changed since; null: nothing.
   */
  merges: {
    clean: boolean
    files: string[]
    at: number
    main: string
    head: string
    stale: string | null
  } | null
  change: string | null
  /** The undo by which its landing was taken back, and the commit it landed as; null: its landing stands, or there is none. */
  takenBack: { change: string; name: string; commit: string; at: number } | null
  handoff: Handoff | null
  usage: Usage | null
  note: string
  /** The person wants it at the top of its group. */
  pinned: boolean
  /** What it said last, without its handoff. */
  lastMessage: string
  conversation: string | null
  hostSocket: string | null
  createdAt: number
  trashedUntil: number | null
  refusals: number
  /** The warnings the person should see: weak wall, overlap, setup. */
  warnings: string[]
  /** Checkouts of the person's that show its work (`worktrain spotlight`); absent: none does. */
  shownIn?: ShownIn[]
}

/** A checkout that shows a session's work. */
export interface ShownIn {
  checkout: string
  /** Snapshot that is shown. */
  n: number
  since: number
  /** Saved states of the session since. */
  behind: number
}

/** How a piece of work was reviewed: for the person's own eyes. */
export interface ReviewTime {
  files: number
  /** Added and removed. */
  lines: number
  /** Times the person looked between the handoff and their decision. */
  looks: number
  /** From the first look to the decision, ms; null: there was no look, or there is no decision yet. */
  ms: number | null
  /** When they approved, rejected or put it on the train; null: not yet. */
  decidedAt: number | null
}

export interface WhyView {
  session: SessionView
  /** Of the newest handoff; null: there is none, or a session asks. */
  review: ReviewTime | null
  /** How the current state came about, newest last: the events that matter, each as a sentence. */
  story: { at: number; what: string; source: string; seq: number }[]
  /** Where its first attention item stands among all that wait for the person, as a sentence; null: none does. */
  place: string | null
  /** Every refusal so far, oldest first. */
  refusals: { at: number; source: string; tool: string; target: string; why: string; instead: string }[]
  /** The cell of the newest process: what was opened and closed in it, and what its rung does not stop. */
  cell: {
    rung: Rung
    /** Why not a better rung; empty when it is the best. */
    why: string
    /** The workspace first. */
    writable: string[]
    /** Below something writable, and yet not. */
    protected: string[]
    hidden: string[]
    /** Below something hidden, and yet shown. */
    shown: string[]
    gaps: string[]
    /** What does not work because of the walls. */
    costs: string[]
  } | null
}

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

export interface SupervisorView {
  pid: number
  version: string
  api: number
  startedAt: number
  epoch: number
  sessions: number
  running: number
  rssBytes: number
  /** Sequence number of the newest event: where `watch` begins. */
  head?: number
  stateDir: string
  socket: string
  log: string
}

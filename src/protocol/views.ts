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

export type * from './doctor-view.ts'
export type * from './train-views.ts'

/** A session as every client sees it. */
export interface SessionView {
  id: string
  name: string
  repository: { id: string; root: string }
  goal: string
  agent: string
  stage: Stage
  stageWhy: string
  /** Since when it is in this stage. */
  stageAt: number
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
  /** Turns that have ended. */
  turns: number
  waitsFor: string[]
  owns: string[]
  /** Globs that are set aside from it. */
  avoids: string[]
  /** Globs the person has allowed it besides. */
  granted: string[]
  /**
   * How much its work is beyond its base, uncommitted work included, when that was last counted: during a turn as well.
   * `stale`: what has changed since; null: nothing.
   */
  work: { files: number; added: number; removed: number; at: number; stale: string | null } | null
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
  /** Prompts that it gets when it is idle. */
  queued: number
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

export interface SupervisorView {
  pid: number
  version: string
  /** When its program was built, ms since 1970; 0: it runs from its source. */
  built: number
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

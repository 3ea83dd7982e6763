/** What the supervisor's answers look like: plain data, for every client alike. */
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
  /** What needs the person, most urgent first; empty: nothing does. Each with the command that settles it. */
  attention: { kind: string; why: string; action: string; since: number }[]
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
  merges: { clean: boolean; files: string[]; at: number } | null
  change: string | null
  handoff: Handoff | null
  usage: Usage | null
  note: string
  lastMessage: string
  conversation: string | null
  hostSocket: string | null
  createdAt: number
  trashedUntil: number | null
  refusals: number
  /** The warnings the person should see: weak wall, overlap, setup. */
  warnings: string[]
}

export interface WhyView {
  session: SessionView
  /** How the current state came about, newest last: the events that matter, each as a sentence. */
  story: { at: number; what: string; source: string; seq: number }[]
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

export interface ChangeView {
  id: string
  name: string
  session: string | null
  branch: string
  head: string
  target: string
  state: string
  why: string
  position: number | null
  queuedAt: number
  checks: { command: string; exit: number | null; ms: number; log: string; tail: string }[]
  landed: { commit: string; at: number } | null
  ejected: { reason: string; detail: string; files: string[]; log: string | null } | null
}

export interface TrainView {
  target: string
  paused: string | null
  /** The one reason why it does not move; null: it moves or there is nothing to do. */
  stuck: string | null
  changes: ChangeView[]
}

export interface DoctorView {
  walls: {
    wall: string
    rung: string
    ok: boolean
    /** Why not better; empty when nothing is missing. */
    why: string
    /** Command or step that would enable the better rung; empty when there is none. */
    enable: string
    /** What this rung does not stop. */
    gaps: string[]
    /** What does not work because of it. */
    costs: string[]
  }[]
  /** How files and processes may be walled on this system, best first. */
  rungs: { rung: string; state: 'active' | 'possible' | 'missing'; why: string; enable: string }[]
  agents: { name: string; title: string; installed: string | null; version: string | null; ready: string }[]
  git: { version: string; ok: boolean }
  node: string
  paths: Record<string, string>
  leftovers: Leftover[]
}

/** Something of ours that a crash, or a lost journal, left behind. */
export interface Leftover {
  /** Names exactly this thing in the state in which it was seen. */
  id: string
  kind: 'process' | 'mount' | 'session' | 'directory' | 'ref' | 'lock'
  what: string
  /** How it is known to be ours. */
  why: string
  /** What removing it does. */
  removing: string
  /** It may hold work: asked for each by itself, and kept in the trash. */
  work: boolean
  /** What belongs to it. */
  parts?: string[]
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

/** What is known of a session, folded from its events. Three facets, never mixed: process, activity, stage. */
import type { Grant } from '../protocol/agent-api.ts'
import type {
  Activity,
  Brief,
  EventMap,
  Handoff,
  HandoffClaims,
  ProcessState,
  Question,
  RemovalStep,
  Resolves,
  Rung,
  Stage,
  Usage,
  WaitsBecause,
  WorkspaceKind,
  WorkspaceStep,
} from '../protocol/index.ts'

export interface Base {
  oid: string
  ref: string
  chosen: string
}

export interface MadeWorkspace {
  path: string
  gitDir: string
  dev: number
  ino: number
  token: string
}

export interface QueuedPrompt {
  prompt: string
  text: string
  from: 'person' | 'train' | 'supervisor'
}

export interface SessionState {
  id: string
  repository: string
  name: string
  brief: Brief
  branch: string
  existingBranch: boolean
  base: Base
  createdAt: number

  stage: Stage
  stageWhy: string
  /** Since when. */
  stageAt: number
  /** Only the person can go on from here. */
  stageAsks: boolean
  waitsFor: string[]
  /** Null: it waits for nothing, or an earlier version did not say. */
  waitsBecause: WaitsBecause | null
  /** Of its plan; null: the repository's. */
  activeLimit: number | null
  unreviewedLimit: number | null
  /** The ejected change it was started to repair. */
  resolves: Resolves | null
  /** Agent that takes up its change when it is ejected and the session itself cannot. */
  resolver: string | null

  workspace: {
    kind: WorkspaceKind
    path: string
    /** Step that was begun and not known to have ended. */
    step: WorkspaceStep | null
    made: MadeWorkspace | null
    setup: { command: string; exit: number | null; log: string }[]
    failed: { code: string; message: string; at: number } | null
    /** What the person should know of it. */
    notes: string[]
  }

  process: {
    state: ProcessState
    generation: number
    pid: number | null
    exit: { code: number | null; signal: string | null } | null
    why: string
    headless: boolean
    /** The person asked for the end. */
    asked: boolean
    since: number
    /** A process has run once: the brief was given, the conversation exists. */
    everRan: boolean
    /** The prompt this generation was started with, besides the brief. */
    prompt: QueuedPrompt | null
  }
  cell: { rung: Rung; why: string }
  /** Why its agent's guard does not hold as it should; empty: it does. */
  unguarded: string
  /** Globs the person has allowed it beyond its brief. */
  granted: string[]
  /** Paths refused only because nobody allowed them yet, newest last; `settled`: the turn has ended since; `asked`: it asked for it, and why. */
  wanted: { path: string; at: number; settled: boolean; asked?: string }[]
  /** What it has said to the person since they last told it something, oldest first. */
  messages: { id: string; text: string; at: number }[]
  /** What the person lets it do to others. */
  grants: Grant[]

  activity: Activity
  /** Subagents and jobs that still run although the turn has ended. */
  background: number
  questions: Question[]
  conversation: { id: string; transcript: string | null } | null
  lastMessage: string
  turns: number
  /** When it last came to rest by itself; null: it never did. */
  endedAt: number | null
  /** When the person last looked at what it did. */
  seenAt: number | null
  /** Attention items that the person wants to be as they are, newest last. */
  dismissed: string[]
  queue: QueuedPrompt[]
  /** Given to its process and not yet seen to be taken up, oldest first. */
  given: { prompt: string; text: string; at: number }[]

  head: string | null
  diverged: { ours: string; theirs: string } | null
  snapshot: {
    n: number
    oid: string
    tree: string
    head: string
    ref: string
    at: number
    reason: string
    missing: string[]
  } | null
  /** Its work as it was last counted, be it in the middle of a turn; null: it was not, from this base. */
  work: EventMap['work.counted'] | null
  /** `since`: from when on it is so, over movements of main. */
  merges: { main: string; head: string; clean: boolean; files: string[]; at: number; since: number } | null
  /** The newest that it should know of main. */
  news: { main: string; text: string; told: boolean } | null
  /** An update that was begun and not known to have ended. */
  updating: { to: string; how: 'merge' | 'rebase' } | null
  /** The last update that was not begun, and why. */
  notUpdated: { to: string; why: string; at: number } | null

  /** Newest last, at most {@link KEPT}. The journal has them all. */
  commands: { command: string; exit: number | null }[]
  refusalCount: number
  /** Paths outside what the brief owns that it wrote, at most {@link KEPT}. */
  strayed: string[]
  usage: Usage | null
  /** When it was last looked at and had changed. */
  usageAt: number | null
  handoff: Handoff | null
  /** Reported under way, in this turn. */
  claimed: { claims: HandoffClaims; turn: number } | null
  /** Turn, of which process, whose end the handoff was. */
  handedOff: { generation: number; turns: number } | null
  note: string
  pinned: boolean

  removal: { step: RemovalStep | null; refused: string[] }
  trashed: { directory: string | null; refs: string[]; until: number } | null
  purged: boolean

  /** Host records up to this seq are in the journal. */
  hostSeq: number
}

/** Of commands, and of paths, kept in the projection. */
export const KEPT = 200

/** Prompts that may have been given and not been seen to arrive. */
export const GIVEN_KEPT = 5

/** Messages that may wait for the person at once. */
export const MESSAGES_KEPT = 5

/** Has the session a process that can be talked to, as far as the journal knows? */
export function isLive(state: SessionState): boolean {
  return state.process.state === 'starting' || state.process.state === 'running'
}

/** The newest commit that holds its work, uncommitted work included as far as that was looked at; null: none yet. */
export function newestWork(s: SessionState): string | null {
  return s.work?.commit ?? s.snapshot?.oid ?? s.head
}

/** Does the session still hold its name, branch and leases? */
export function isOpen(state: SessionState): boolean {
  return state.trashed === null && !state.purged && state.stage !== 'discarded'
}

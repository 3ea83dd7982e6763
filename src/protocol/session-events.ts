/** What happens to a session, as the journal keeps it. */
import type { Grant } from './agent-api.ts'
import type {
  Activity,
  Brief,
  Handoff,
  HandoffClaims,
  Question,
  Rung,
  Usage,
  WorkspaceKind,
} from './session.ts'

/** Steps of making a workspace, in order; each is journalled before it begins. */
export type WorkspaceStep = 'keep-base' | 'make' | 'include' | 'submodules' | 'register' | 'setup'
/** Steps of removing one, in order. */
export type RemovalStep = 'stop' | 'snapshot' | 'save-refs' | 'unregister' | 'rename'

/** The ejected change that a session was started to repair. */
export interface Resolves {
  change: string
  /** Session of the change; null: it had none. */
  session: string | null
  name: string
  /** How often it had been ejected in a row. */
  ejections: number
}

/** What a session that may not start waits for. */
export type WaitsBecause =
  /** For others to land. */
  | 'order'
  /** For one that will not land. */
  | 'discarded'
  /** For the person to review what waits. */
  | 'review'
  /** For a place among those at work. */
  | 'places'

export interface SessionEvents {
  'session.planned': {
    repository: string
    name: string
    brief: Brief
    branch: string
    /** Commit the session starts from, and how it was chosen (shown to the person). */
    base: { oid: string; ref: string; chosen: string }
    workspace: { kind: WorkspaceKind; path: string }
    /** The branch existed before and is taken over. */
    existingBranch: boolean
    /** Sessions that may be at work beside it, where the plan says so. */
    activeLimit?: number
    /** Sessions that may have handed off and wait for the person before it starts. */
    unreviewedLimit?: number
    /** An ejected change whose own session could not take it up: this one repairs it. */
    resolves?: Resolves
  }
  'session.waiting': { for: string[]; why: string; because?: WaitsBecause }
  /** It may start. A session that waited starts from the main of now: the base is chosen again. */
  'session.admitted': { base: { oid: string; ref: string; chosen: string } }
  'workspace.step': { step: WorkspaceStep }
  'workspace.made': {
    path: string
    gitDir: string
    dev: number
    ino: number
    token: string
    /** What the person should know: submodules that failed, and the like. */ notes?: string[]
  }
  'workspace.setup': { command: string; exit: number | null; log: string }
  'workspace.failed': { code: string; message: string; step: WorkspaceStep | null }
  'process.launching': {
    generation: number
    conversation: string | null
    headless: boolean
    rung: Rung
    rungWhy: string
    /** The prompt it is started with, besides the brief: given again if it turns out never to have started. */
    prompt?: { prompt: string; text: string; from: 'person' | 'train' | 'supervisor' }
    /** Why the agent's guard does not hold as it should. */
    unguarded?: string
  }
  'process.started': { generation: number; pid: number }
  'process.exited': { generation: number; code: number | null; signal: string | null; asked: boolean }
  /** The host is gone without an exit status. */
  'process.lost': { generation: number; why: string }
  'activity.observed': Activity & { background: number }
  /** Kept until the session can take it: nothing is typed into a working or asking terminal. */
  'prompt.queued': { prompt: string; text: string; from: 'person' | 'train' | 'supervisor' }
  'prompt.sent': { prompt: string | null; text: string; from: 'brief' | 'person' | 'train' | 'supervisor' }
  /** The agent has taken up a prompt, from wherever; what was typed into its own screen is only seen here. */
  'prompt.seen': { text: string; /** The agent gave it to itself. */ itself?: boolean }
  'question.opened': { question: Question }
  'question.settled': { id: string; by: 'person' | 'terminal' | 'ended'; answer: string }
  'turn.finished': { lastMessage: string; background: number }
  'conversation.changed': { id: string; transcript: string | null }
  'command.observed': { command: string; exit: number | null }
  'refusal.recorded': {
    source: 'guard' | 'kernel'
    tool: string
    target: string
    why: string
    instead: string
    /** Refused only because nobody allowed these paths yet, relative to the repository. */
    wanted?: string[]
  }
  /** It wrote, or was about to write, outside the paths it owns, and was not refused; `tool` is who saw it. */
  'session.strayed': { tool: string; paths: string[] }
  /** The person allows it paths beyond those of its brief, its forbidden ones included. */
  'session.granted': { globs: string[] }
  /** It asks for paths beyond those it owns: the person decides. */
  'session.asked-paths': { paths: string[]; why: string }
  /** It has something to say to the person, and takes the answer as its next prompt. */
  'session.told-person': { message: string; text: string }
  /** What it may do to others from now on, by the person's word. */
  'grant.given': { what: Grant }
  'grant.revoked': { what: Grant }
  'snapshot.taken': {
    n: number
    oid: string
    tree: string
    head: string
    ref: string
    reason: string
    /** What it could not hold: nested repositories, unreadable files. */ missing?: string[]
  }
  /** Its files are about to be put back to this snapshot; as they were they are kept in `before`. */
  'snapshot.restoring': { n: number; oid: string; before: number }
  /** How much its work is beyond its base. `commit` holds what was counted; no ref need hold it. */
  'work.counted': {
    commit: string
    tree: string
    base: string
    /** When it was looked at. */
    at: number
    files: number
    added: number
    removed: number
  }
  'branch.published': { oid: string; old: string | null }
  'branch.diverged': { ours: string; theirs: string }
  'usage.observed': Usage
  /** Its report, given under way; completed with what is observed at the end of the turn. */
  'handoff.claimed': { claims: HandoffClaims; turn: number }
  'handoff.completed': Handoff
  'merge.predicted': { main: string; head: string; clean: boolean; files: string[] }
  /** Its tree is about to be changed: what is found half done after a crash is taken back. */
  'session.updating': { to: string; how: 'merge' | 'rebase' }
  'session.updated': {
    from: string
    to: string
    /** `refused`: nothing was begun; `interrupted`: begun, and taken back after a crash. */
    result: 'merged' | 'rebased' | 'conflict' | 'refused' | 'interrupted'
    /** Of `refused` and `interrupted`. */
    why?: string
  }
  /** What the session itself should know of main, kept until it can be told; the newest replaces older ones. */
  'session.news': { main: string; text: string }
  'session.told': { main: string; how: string }
  /** Agent that takes up its change when it is ejected and the session itself cannot. */
  'session.resolver': { agent: string }
  'session.noted': { note: string }
  /** The person wants it at the top of its group, or no longer. */
  'session.pinned': { pinned: boolean }
  /** The person has looked at what it did. */
  'session.seen': { how: string }
  /** The person wants this attention item to be as it is. */
  'session.dismissed': { item: string }
  'session.renamed': { name: string }
  'session.stage': {
    stage: 'active' | 'handed-off' | 'on-train' | 'landed' | 'discarded'
    why: string
    /** Only the person can go on from here. */
    asks?: true
    /** As an earlier version said that: a command line. */
    action?: string
  }
  'session.stopping': Record<string, never>
  'removal.step': { step: RemovalStep }
  'removal.trashed': {
    /** Directory in the trash. */
    directory: string | null
    /** Refs that keep everything, under refs/worktrain/trash/<id>/. */
    refs: string[]
    until: number
    /** What happened in it after the last look, each a sentence. */ late?: string[]
  }
  'removal.refused': { reasons: string[] }
  'removal.restored': { path: string }
  'removal.purged': Record<string, never>
  /** A process left rules in files the session can write, which the person may want to keep. */
  'approvals.found': { rules: string[] }
  /** Records of the host up to `seq` are in the journal. */
  'host.acknowledged': { seq: number }
}

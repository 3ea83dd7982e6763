/** What Worktrain asks of an agent. One folder an agent; the table is `agents/index.ts`. */
import type { ConversationEntry } from '../protocol/conversation.ts'
import type {
  Activity,
  Answer,
  Brief,
  HandoffClaims,
  HostRecord,
  HookEndpoint,
  Question,
  Usage,
} from '../protocol/index.ts'

/** Where an agent's program is, and whether it can be used. */
export interface Installation {
  path: string
  version: string
}

export interface LaunchRequest {
  session: string
  name: string
  generation: number
  brief: Brief
  /** Real path of the workspace: cwd of the agent. */
  workspace: string
  /** Root of the repository's main checkout (Claude Code keys trust on it). */
  repositoryRoot: string
  /** The session's own state directory (0700): agent files go to `<stateDir>/agent/`. */
  stateDir: string
  /** The session's private temp, inside the cell's writable set. */
  tempDir: string
  /** Text of the first prompt; null when a conversation is resumed without one. */
  prompt: string | null
  /** Conversation to start with or to resume. */
  conversation: { id: string; resume: boolean } | null
  hooks: HookEndpoint | null
  /** The person's own environment, before scrubbing. */
  env: Record<string, string | undefined>
  installation: Installation
  /** What the person has allowed for good in this repository, each a rule of {@link Approvals}. */
  approvals: readonly string[]
  /** Is the agent inside a kernel wall? Decides whether its own permission rules may be relaxed. */
  walled: boolean
}

/** How to start it, and what the cell must let it have. */
export interface LaunchPlan {
  argv: string[]
  env: Record<string, string>
  /** Paths outside the workspace that must be writable in the cell (directories or files that exist). */
  writable: string[]
  /**
   * Of these, what the agent's own tools may write, for the guard; the rest is for its program alone.
   * They may not exist yet. Absent: all of `writable`.
   */
  toolWritable?: string[]
  /** Paths that must be readable though they lie under something hidden. */
  readable: string[]
  conversation: string | null
  /** Why this agent's guard does not hold as it should, for the person; null: it does, or it has none. */
  unguarded: string | null
}

/** What one host record (or a look at the agent's files) means. Pure data; the supervisor journals it. */
export type Meaning =
  | { kind: 'activity'; activity: Activity; background: number }
  /** `itself`: the agent gave it to itself, as when something in its background ends. */
  | { kind: 'prompt-seen'; text: string; itself?: true }
  | { kind: 'turn-finished'; lastMessage: string; background: number }
  | { kind: 'conversation'; id: string; transcript: string | null }
  | { kind: 'command'; command: string; exit: number | null }
  /** It has done something that may have changed files. */
  | { kind: 'files-touched' }
  | { kind: 'session-ended'; reason: string }

/** A live look at what the agent itself keeps on disk. */
export interface Observation {
  activity: Activity | null
  conversation: { id: string; transcript: string | null } | null
}

/** Part of what was said in a conversation, oldest first; `earlier`: there is more before this place; null: not. */
export interface Conversation {
  entries: ConversationEntry[]
  earlier: number | null
}

/** Which part: the newest `limit` entries of those before a place; null: of all. */
export interface ConversationPart {
  limit: number
  before: number | null
}

export interface ObserveContext {
  session: string
  stateDir: string
  workspace: string
  repositoryRoot: string
  conversation: string | null
  /** Pid of the session's root process as the host sees it (outside the cell's pid namespace). */
  pid: number | null
  env: Record<string, string | undefined>
  now: number
}

/** A login that sessions share where it is, and that none of them can renew from within its cell. */
export interface SharedLogin {
  /** From when on it can be renewed and when it ends, ms since the epoch; null: it does not end. Reads files only. */
  span(env: Record<string, string | undefined>): { renewAt: number; endsAt: number } | null
  /**
   * Has the agent's own program renew it, outside every cell. Safe to call at any time.
   * @param directory for files that the program needs of its own
   * @throws AGENT_NOT_LOGGED_IN when it ends all the same
   */
  renew(
    installation: Installation,
    env: Record<string, string | undefined>,
    directory: string,
    now: () => number,
  ): Promise<void>
}

/** What a person allows for good, as *rules* in the agent's own words. */
export interface Approvals {
  /** What answering "always" allows in the repository from now on; null: no rule says just that. Pure. */
  ruleOf(question: Question): string | null
  /** Rules in files that the session can write: given in its terminal, or by the agent to itself. */
  leftBehind(context: ObserveContext): Promise<string[]>
}

export interface Agent {
  name: string
  /** One line for help and doctor. */
  title: string
  /** Does it call hooks? Then the host opens an end point. */
  hooks: boolean
  /** Permission modes that a brief may name; empty: it has none. */
  modes: readonly string[]
  /** Can it continue a conversation after its process has gone? */
  resumable: boolean
  /**
   * @returns the installation, or null when there is none
   * @throws AGENT_NOT_INSTALLED with what to do when the brief names a program that cannot be found
   */
  find(brief: Brief, env: Record<string, string | undefined>): Promise<Installation | null>
  /** Is there a program that {@link Agent.find} would try? Runs nothing. Absent: only a brief can tell. */
  installed?(env: Record<string, string | undefined>): boolean
  /** @throws AGENT_NOT_LOGGED_IN when the first request would fail for want of a login. */
  ready(installation: Installation, env: Record<string, string | undefined>): Promise<void>
  /** Absent: its login does not end, or every session renews it for itself. */
  login?: SharedLogin
  /** Writes the per-session files and says how to start. Safe to repeat. */
  prepare(request: LaunchRequest): Promise<LaunchPlan>
  /** Takes away what a process that has gone may have left outside its workspace. Safe to repeat. */
  ended?(context: Pick<ObserveContext, 'env' | 'workspace'>): void
  /** What a host record means. Pure. */
  interpret(record: HostRecord): Meaning[]
  /** Looks at the agent's own files; null: it keeps none. Never throws for a missing file. */
  observe(context: ObserveContext): Promise<Observation | null>
  /** Body of the held hook request that settles the question this way. @throws ANSWER_INVALID */
  answer(question: Question, answer: Answer): Record<string, unknown>
  /** Absent: it asks for nothing that could be allowed for good. */
  approvals?: Approvals
  /** Bytes that deliver a follow-up prompt into its idle terminal; null: it takes none that way. */
  keys(text: string, terminal: { bracketedPaste: boolean }): string[] | null
  /** Bytes that interrupt the running turn. */
  interrupt: string | null
  usage(context: ObserveContext): Promise<Usage | null>
  /**
   * A part of the context's conversation; prompts are all the person's, as far as the agent knows.
   * Null: there is no file of it. Absent: it keeps none that could be read.
   */
  conversation?(context: ObserveContext, part: ConversationPart): Promise<Conversation | null>
  /** Text that asks for the handoff, appended to the first prompt; empty: it cannot be asked. */
  handoffRequest: string
  /** Reads the handoff out of the last message; null: there is none. */
  handoff(lastMessage: string): HandoffClaims | null
  /** The handoff an agent without messages left in a file; null: none. Asked after {@link Agent.handoff}. */
  report?(context: ObserveContext): Promise<HandoffClaims | null>
}

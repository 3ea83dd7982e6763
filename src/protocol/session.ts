/** The words for a session's state (DESIGN section 4): three facets that are never mixed. */

/** Is there a process? Known from the host and the operating system. */
export type ProcessState = 'none' | 'starting' | 'running' | 'exited' | 'lost'

/** What is the conversation doing? Always with a source and an age; `unknown` is a state. */
export type ActivityState =
  | 'working'
  | 'needs-permission'
  | 'needs-answer'
  | 'plan-ready'
  | 'idle'
  | 'rate-limited'
  | 'failing'
  | 'unknown'

/** How far is the work? */
export type Stage =
  | 'planned'
  | 'waiting'
  | 'preparing'
  | 'active'
  | 'handed-off'
  | 'in-review'
  | 'on-train'
  | 'landed'
  | 'discarded'

/** Who saw it. `hook`: the agent's own hook; `file`: the agent's session file; `screen`, `process`, `transcript`, `person`. */
export type Source = 'hook' | 'file' | 'process' | 'transcript' | 'screen' | 'host' | 'person' | 'supervisor'

/** An activity with its evidence. */
export interface Activity {
  state: ActivityState
  source: Source
  /** When it was observed, milliseconds since the epoch. */
  at: number
  /** One line that names what was seen, e.g. `PermissionRequest Bash: rm -rf build`. */
  evidence: string
}

export type WorkspaceKind = 'sealed' | 'linked' | 'existing'

/** Which wall holds the session's files and processes, best first. */
export type Rung = 'bubblewrap' | 'landlock' | 'sandbox-exec' | 'hooks' | 'none'

/** The rung for people: hooks are never shown as if they were a wall. */
export function rungTitle(rung: Rung): string {
  return rung === 'hooks' ? 'hooks (advisory)' : rung
}

/** The contract a session starts with. Every list may be empty; nothing is undefined. */
export interface Brief {
  goal: string
  /** Globs relative to the repository that the session owns; empty: no claim made. */
  owns: string[]
  /** Globs it must not write. */
  avoid: string[]
  /** Names of sessions whose landing it waits for. */
  after: string[]
  agent: string
  /** Program and arguments of the `command` agent. */
  command: string[]
  model: string | null
  permissionMode: string | null
  headless: boolean
  /** Commands that must succeed on the merged tree before it lands; empty: the repository's. */
  checks: string[]
  /** Put on the train by itself once handed off. */
  land: boolean
}

/** What the session said of its work at the end, and what Worktrain saw of it. */
export interface Handoff {
  at: number
  claims: HandoffClaims | null
  observed: {
    /** Files changed against the base, from git. */
    files: { path: string; added: number | null; removed: number | null }[]
    /** Commands the agent ran, with exit codes, from its hooks. `exit` null: not reported. */
    commands: { command: string; exit: number | null }[]
  }
  /** Claims without an observation that supports them, each a sentence. */
  unverified: string[]
}

export interface HandoffClaims {
  filesChanged: string[]
  behaviourChanged: string
  commandsRun: string[]
  risks: string
  followUp: string
  /** What it says of the comments of a review; absent: nothing. */
  review?: ReviewReply[]
}

/** What the agent says of a comment in its handoff. */
export interface ReviewReply {
  /** Id of the comment, such as `c3`. */
  comment: string
  status: 'done' | 'declined' | 'question'
  reply: string
}

/** Something the agent asks the person, answerable from outside its terminal. */
export interface Question {
  id: string
  kind: 'permission' | 'question' | 'plan'
  /** Tool that asks, e.g. `Bash`. */
  tool: string
  /** One line: the tool and what it would do, for `permission`; else what is asked, or the title of the plan. */
  summary: string
  /** The whole tool input, as the agent gave it. */
  input: unknown
  /** For `permission`: what the agent would allow from now on if told "always", as it gave it. */
  suggestions?: unknown[]
  /** For `question`: the questions and their options, in order. */
  questions: {
    header: string
    question: string
    multiple: boolean
    options: { label: string; description: string }[]
  }[]
  openedAt: number
}

/** How a person settles a question. */
export type Answer =
  | { kind: 'allow'; always: boolean }
  | { kind: 'deny'; reason: string }
  /** One list of chosen labels (or own words) for each question asked, in order. */
  | { kind: 'choose'; choices: string[][] }

/** Counted by the agent, for one model. */
export interface Tokens {
  input: number
  output: number
  cacheRead: number
  cacheWrite: number
  requests: number
}

/** Tokens and money as the agent reports them; never estimated. */
export interface Usage {
  byModel: Record<string, Tokens>
  /** The same by the person's day (`2026-11-20`), as the agent dated it. What it did not date is in `byModel` alone. */
  byDay?: Record<string, Record<string, Tokens>>
  /** US dollars, where the agent reports it for all that is counted. */
  costUsd: number | null
  /** What the agent shows of it while it runs. */
  told?: ToldUsage
}

/** An agent's own display, as it last was. */
export interface ToldUsage {
  at: number
  /** US dollars of the session so far; null: it does not say, or not of the whole session. */
  costUsd: number | null
  windows: RateWindow[]
}

/** How much of what a subscription allows in some time is used up. */
export interface RateWindow {
  /** In the agent's words: `five_hour`. */
  name: string
  /** 0 to 100, and above. */
  usedPercent: number
  /** Milliseconds since the epoch; null: it does not say. */
  resetsAt: number | null
}

/** Something the person allowed for good in a repository. */
export interface Approval {
  agent: string
  /** In the agent's own words. */
  rule: string
  /** Name of the session in which it was asked for. */
  session: string
  /** `answered`: an "always" through Worktrain; `accepted`: found in a session's files, taken over on their word. */
  how: 'answered' | 'accepted'
  at: number
}

export interface Approvals {
  /** What later sessions of the repository are given. */
  kept: Approval[]
  /** What sessions left in files that they can write: kept on the person's word alone. */
  offered: { agent: string; rule: string; session: string }[]
}

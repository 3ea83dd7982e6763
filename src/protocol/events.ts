/**
 * The journal's events: every mutation of the product is one of these, with actor and cause.
 *
 * Grouped by aggregate. Past tense; data only; everything needed to rebuild the aggregate's state and
 * to explain it. Adding an optional field is always safe; a changed meaning is a new event type.
 */
import type { PhoneAccess } from './phone-access.ts'
import type { ReviewEvents } from './review.ts'
import type { SessionEvents } from './session-events.ts'
import type { SpotlightEvents } from './spotlight.ts'
import type {
  Blocked,
  BuildMember,
  BuildPurpose,
  CheckResult,
  Proof,
  ResolvedPath,
  SkippedCheck,
} from './train.ts'

export type * from './session-events.ts'
export type * from './spotlight.ts'

export type Actor =
  /** `phone`: from which of their phones; `access`: by which access, of a browser or a phone. */
  | { kind: 'person'; via: string; phone?: PhoneAccess; access?: string }
  | { kind: 'agent'; session: string }
  | { kind: 'supervisor'; pid: number }

/** A review has the id of its session. */
export type Aggregate =
  | 'repository'
  | 'session'
  | 'review'
  | 'change'
  | 'build'
  | 'train'
  | 'supervisor'
  | 'spotlight'
  | 'web'
  | 'access'
  | 'phone'
  | 'push'

/** Where a change is. What is tested on top of what is the builds' business. */
export type ChangeState =
  /** Waits, or is tested as a member of builds. */
  | 'queued'
  /** Failed once; is tested again, alone, before it is ejected. */
  | 'parked'
  /** The person keeps it back. */
  | 'held'
  | 'landed'
  | 'ejected'
  | 'withdrawn'

export interface ChangeEvents {
  'change.queued': {
    repository: string
    session: string | null
    name: string
    branch: string
    head: string
    target: string
    checks: string[]
    /** Title and body of the landing's commit message. */
    message: string
    /** Higher goes first; 0 when absent. */
    priority?: number
    /** The landing that this change takes back. */
    undoes?: { commit: string; names: string[] }
    /** Of a change without a session: the agent that takes it up when it is ejected. */
    resolveWith?: string
  }
  'change.prioritised': { priority: number }
  'change.held': { why: string }
  'change.released': Record<string, never>
  'change.conflicted': { base: string; files: string[]; detail: string }
  /** It failed alone on a green target; it is tested once more before it is ejected. */
  'change.suspected': { build: string; result: CheckResult; detail: string }
  /** Back in its old place. */
  'change.cleared': { why: string }
  /** `new`: the merge with it; `build`: what was tested. Of a journal before builds: without `build`. */
  'change.landed': { old: string; new: string; tree: string; build?: string }
  'change.ejected': {
    reason: 'conflict' | 'checks' | 'foreign-paths' | 'person' | 'error'
    detail: string
    files: string[]
    log: string | null
    /** Commit of the target it was last tried on. */
    base?: string
    /** The runs that speak against it, and those of the target that speak for the target. */
    evidence?: CheckResult[]
  }
  /** Of an ejected change without a session: who has it now, and why. */
  'change.returned': { to: 'agent' | 'person' | 'nobody'; why: string }
  'change.withdrawn': { why: string }
}

/** A build is a candidate: the target, and changes merged on top of it one after another. */
export interface BuildEvents {
  'build.made': {
    repository: string
    target: string
    purpose: BuildPurpose
    /** Commit of the target it stands on. */
    base: string
    /** In order; none: the target itself is tested. */
    members: BuildMember[]
    commit: string
    tree: string
    /** Keeps the commit; null when the target does. */
    ref: string | null
    /** Commands that must pass on `tree`. */
    checks: string[]
    skipped: SkippedCheck[]
    /** Runs its checks although the tree was tested before. */
    afresh: boolean
    resolved: ResolvedPath[]
    /** What could not be looked at while merging, each a sentence. */
    notes?: string[]
  }
  'check.started': { command: string; tree: string; log: string }
  'check.finished': CheckResult & { timedOut: boolean }
  /** Nothing more comes of it. */
  'build.ended': {
    why:
      | 'landed'
      /** Everything that could be learnt from it is learnt. */
      | 'judged'
      /** The target moved away from under it. */
      | 'base-moved'
      /** One of its members is not, or not as it was, on the train. */
      | 'members'
      /** Its slot is worth more elsewhere, or what it would tell is known. */
      | 'outpaced'
      | 'interrupted'
      /** A check changed tracked files. */
      | 'dirtied'
    detail: string
  }
}

export interface TrainEvents {
  'train.paused': {
    why: string
    /** Target whose own checks failed at `commit`: the pause ends by itself when the target moves. */
    main?: {
      target: string
      commit: string
      command: string
      log: string
      /** Commits that may have broken it, oldest first; one: it did. Empty: no green one is known before. */
      suspects?: string[]
    }
  }
  'train.resumed': Record<string, never>
  'landing.intended': {
    build: string
    target: string
    old: string
    new: string
    tree: string
    method: 'fast-forward' | 'compare-and-swap'
    checkout: string | null
    /** The same branch elsewhere, moved first; `old` null: it has none yet. */
    remote?: { name: string; old: string | null }
  }
  'landing.blocked': Blocked & { build: string }
  'landing.voided': { build: string; why: string }
  /** One landing: the whole of its evidence. */
  'train.landed': {
    build: string
    target: string
    old: string
    new: string
    tree: string
    members: (BuildMember & { session: string | null; branch: string })[]
    checks: Proof[]
    skipped: SkippedCheck[]
    resolved: ResolvedPath[]
    environment: string
    method: 'fast-forward' | 'compare-and-swap'
    remote?: string
    /** From the first member's first build to the landing, ms. */
    ms: number
  }
  /** The target as it is passed all checks. */
  'train.verified': { target: string; commit: string; tree: string; environment: string }
  /** A check was red and green on the same tree. */
  'train.flaked': { command: string; tree: string; tests: string[]; red: string; green: string }
}

export interface RepositoryEvents {
  'repository.registered': { root: string; commonDir: string; target: string }
  'repository.moved': { root: string; commonDir: string }
  /** The person has read and trusted the executable part of the repository's configuration. */
  'repository.trusted': { hash: string; commands: string[] }
  /** Allowed for good: later sessions of this agent here are not asked again. `rule` in the agent's own words. */
  'repository.approved': { agent: string; rule: string; session: string; how: 'answered' | 'accepted' }
  'repository.forgot-approval': { agent: string; rule: string }
}

export interface SupervisorEvents {
  'supervisor.started': { pid: number; version: string; epoch: number }
  'supervisor.stopped': { why: string }
  /** The person was told of these attention items, or had them before their eyes: they are not told again. */
  'attention.told': { items: string[] }
  'supervisor.reconciled': { adopted: string[]; lost: string[]; finished: string[]; rolledBack: string[] }
}

export interface WebEvents {
  /** The web board is served on this port of loopback, again after a restart, until it is closed. */
  'web.opened': { port: number }
  'web.closed': { why: string }
  /** A browser, or a phone, showed a one-time code; `hash`: SHA-256 of the token it has from then on, hex. */
  'access.granted': {
    hash: string
    label: string
    phone?: PhoneAccess
    /** Which of the person's tokens it was: a browser says its own to no listener of another. */
    under?: string
  }
  'access.revoked': { why: string }
  /** The web board is open to phones there, by TLS, until it is closed; `until`: ms since the epoch. */
  'phone.opened': { address: string; port: number; fingerprint: string; until: number | null }
  'phone.closed': { why: string }
  /** The browser of an access is notified by push. Its address there is a secret, which the journal is not told. */
  'push.started': { access: string; who: string; service: string }
  'push.ended': { why: string }
  /** Something changed about it: why messages do not reach its service, or (empty) that they do again. */
  'push.answered': { error: string }
}

export interface EventMap
  extends
    SessionEvents,
    ReviewEvents,
    ChangeEvents,
    BuildEvents,
    TrainEvents,
    RepositoryEvents,
    SpotlightEvents,
    SupervisorEvents,
    WebEvents {}
export type EventType = keyof EventMap

/** An event before it is stored. */
export type Draft = {
  [T in EventType]: {
    type: T
    aggregate: Aggregate
    /** Id of the session, change, repository… */
    id: string
    data: EventMap[T]
    actor: Actor
    /** What led to it: a command id, the seq of another event (`#12`), a host record (`record:7`). */
    cause: string
  }
}[EventType]

/** An event as stored. */
export type Recorded = Draft & {
  /** Rises by one, over all aggregates, without gaps for acknowledged events. */
  seq: number
  /** Milliseconds since the epoch. */
  at: number
  /** Version of the aggregate after this event, from 1. */
  version: number
}

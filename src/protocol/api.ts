/**
 * The supervisor's API: one table of procedures, used by server and client alike.
 *
 * Transport: `POST /api/<name>` with a JSON body over the unix socket; the answer is
 * `{ok:true,result}` or `{ok:false,error}`. Streams answer newline-delimited JSON.
 */
import { z } from 'zod'
import { AGENT_PROCEDURES, type AgentOutputs } from './agent-api.ts'
import { CONVERSATION_PROCEDURES, type ConversationOutputs } from './conversation.ts'
import type { AttentionInputs, AttentionProcedure, AttentionView } from './attention.ts'
import type { Approvals } from './session.ts'
import type { Recorded } from './events.ts'
import type { HostScreen } from './host.ts'
import { directory, sessionRef } from './refs.ts'
import { PREVIEW_PROCEDURES, type PreviewOutputs } from './preview.ts'
import { REVIEW_PROCEDURES, type ReviewOutputs } from './review-api.ts'
import type {
  ChangeView,
  CommitView,
  DoctorView,
  LandView,
  SessionView,
  SupervisorView,
  TrainView,
  WhyView,
} from './views.ts'
import { NOTIFY_PROCEDURES, type NotifyOutputs } from './notify.ts'
import { SPOTLIGHT_PROCEDURES, type SpotlightOutputs } from './spotlight.ts'
import { USAGE_PROCEDURES, type UsageOutputs } from './usage.ts'
import { WEB_PROCEDURES } from './web-api.ts'
import type { WebOutputs } from './web-api.ts'

export type * from './agent-api.ts'
export type * from './attention.ts'
export type * from './conversation.ts'
export type * from './notify.ts'
export type * from './preview.ts'
export type * from './review.ts'
export type * from './spotlight.ts'
export type * from './usage.ts'
export type * from './views.ts'
export type * from './web-api.ts'

/** Raised with every change that an older client or supervisor would misread. */
export const API_VERSION = 1

export const BriefInput = z.strictObject({
  name: z.string().optional(),
  goal: z.string().min(1),
  owns: z.array(z.string()).default([]),
  avoid: z.array(z.string()).default([]),
  after: z.array(z.string()).default([]),
  agent: z.string().optional(),
  command: z.array(z.string()).default([]),
  model: z.string().optional(),
  permissionMode: z.string().optional(),
  headless: z.boolean().optional(),
  checks: z.array(z.string()).optional(),
  land: z.boolean().optional(),
  base: z.string().optional(),
  branch: z.string().optional(),
  existingBranch: z.boolean().optional(),
  existing: z.string().optional(),
  kind: z.enum(['sealed', 'linked']).optional(),
})
export type BriefInput = z.infer<typeof BriefInput>

/** name -> input schema. Outputs are the TypeScript types of {@link Outputs}. */
export const PROCEDURES = {
  hello: z.object({ api: z.number(), version: z.string() }),
  run: z.object({
    repo: directory,
    sessions: z.array(BriefInput).min(1),
    target: z.string().optional(),
    checks: z.array(z.string()).optional(),
    limits: z
      .object({
        active: z.number().int().positive().optional(),
        unreviewed: z.number().int().positive().optional(),
      })
      .optional(),
  }),
  sessions: z.object({ repo: directory.nullable(), all: z.boolean().default(false) }),
  session: sessionRef,
  why: sessionRef,
  /** What waits for the person, in the order in which it should be settled; `repo` null: of all repositories. */
  attention: z.object({ repo: directory.nullable() }),
  /**
   * What a board shows, as of one moment: what waits, and sessions that are open.
   * @param sessions ids of those that are wanted; null: all
   */
  overview: z.object({
    repo: directory.nullable(),
    sessions: z.array(z.string().max(100)).max(1000).nullable(),
  }),
  /** The person has looked at what the session did. */
  seen: sessionRef.extend({
    how: z.enum(['peek', 'attach', 'diff', 'next', 'board', 'dismissed']),
  }),
  /** One item is not to be shown again: it is as the person wants it. */
  dismiss: sessionRef.extend({ item: z.string().min(1).max(200) }),
  /**
   * What a client has before the person's eyes: nobody is notified of it. Holds for half a minute, so that a
   * client which died hides nothing; two empty lists take it back.
   * @param client an id of the client's own making
   */
  showing: z.object({
    client: z.string().min(1).max(100),
    items: z.array(z.string().max(500)).max(1000).default([]),
    /** Ids of sessions of which whatever comes is shown, such as that of an attached terminal. */
    sessions: z.array(z.string().max(100)).max(1000).default([]),
  }),
  screen: sessionRef,
  send: sessionRef.extend({ text: z.string().min(1) }),
  answer: sessionRef.extend({
    question: z.string().optional(),
    answer: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('allow'), always: z.boolean().default(false) }),
      z.object({ kind: z.literal('deny'), reason: z.string().default('') }),
      z.object({ kind: z.literal('choose'), choices: z.array(z.array(z.string())) }),
    ]),
  }),
  logs: sessionRef.extend({
    what: z.enum(['terminal', 'setup', 'checks']).default('terminal'),
    bytes: z.number().int().positive().default(65536),
  }),
  diff: sessionRef.extend({
    stat: z.boolean().default(false),
    against: z.enum(['base', 'main']).default('base'),
    paths: z.array(z.string()).default([]),
  }),
  ...REVIEW_PROCEDURES,
  note: sessionRef.extend({ note: z.string() }),
  allow: sessionRef.extend({ globs: z.array(z.string().min(1)).min(1).max(200) }),
  rename: sessionRef.extend({ to: z.string().min(1) }),
  pin: sessionRef.extend({ pinned: z.boolean() }),
  land: sessionRef.extend({
    /** Agent that is started on a conflict or a red check when the session itself is gone. */
    resolveWith: z.string().optional(),
    priority: z.number().int().min(-1000).max(1000).optional(),
    /** Refuse unless it is what was approved. */
    approved: z.boolean().default(false),
  }),
  /** @param asks say of each ejected change that waits for the person what settles it, which takes all that waits */
  train: z.object({ repo: directory, asks: z.boolean().default(false) }),
  trainPause: z.object({ repo: directory, why: z.string().default('paused by you') }),
  trainResume: z.object({ repo: directory }),
  trainEject: z.object({ repo: directory, change: z.string() }),
  trainRetry: z.object({ repo: directory, change: z.string(), resolveWith: z.string().optional() }),
  trainHold: z.object({ repo: directory, change: z.string(), why: z.string().default('held by you') }),
  trainRelease: z.object({ repo: directory, change: z.string() }),
  trainPriority: z.object({
    repo: directory,
    change: z.string(),
    priority: z.number().int().min(-1000).max(1000),
  }),
  /** The end of a running or finished check's log; `change` null: of whatever runs. */
  trainLog: z.object({
    repo: directory,
    change: z.string().nullable().default(null),
    bytes: z
      .number()
      .int()
      .positive()
      .max(1024 * 1024)
      .default(8192),
  }),
  /** Takes a landing back by a new change; `what` null: the last one, else a landed change or its commit. */
  undo: z.object({ repo: directory, what: z.string().nullable().default(null) }),
  /** How a commit of the target got there. */
  whyCommit: z.object({ repo: directory, commit: z.string().min(1) }),
  stop: sessionRef,
  interrupt: sessionRef,
  resume: sessionRef.extend({ text: z.string().optional() }),
  update: sessionRef.extend({ rebase: z.boolean().default(false) }),
  rm: sessionRef.extend({ discard: z.boolean().default(false), dryRun: z.boolean().default(false) }),
  trash: z.object({ repo: directory.nullable() }),
  restore: sessionRef,
  /** Checks a plan file; starts nothing. The text is sent, so that the supervisor reads no path of the client's. */
  plan: z.object({ repo: directory, text: z.string().max(1024 * 1024), file: z.string() }),
  trust: z.object({ repo: directory, yes: z.boolean().default(false) }),
  /** Shows; takes over what a session left, or forgets what is kept. `name` null: all of the repository. */
  approvals: z.object({
    repo: directory,
    name: z.string().min(1).nullable().default(null),
    accept: z.array(z.string()).default([]),
    forget: z.array(z.string()).default([]),
  }),
  config: z.object({ repo: directory }),
  doctor: z.object({ repo: directory.nullable() }),
  /** Removes leftovers that `doctor` has shown, by their ids. */
  clean: z.object({ repo: directory.nullable(), ids: z.array(z.string().min(1)).min(1) }),
  events: z.object({
    after: z.number().int().default(0),
    limit: z.number().int().positive().max(10_000).default(1000),
    session: z.string().optional(),
  }),
  ...AGENT_PROCEDURES,
  ...PREVIEW_PROCEDURES,
  ...CONVERSATION_PROCEDURES,
  ...NOTIFY_PROCEDURES,
  ...SPOTLIGHT_PROCEDURES,
  ...USAGE_PROCEDURES,
  ...WEB_PROCEDURES,
  status: z.object({}),
  shutdown: z.object({}),
} as const

export interface Outputs
  extends
    WebOutputs,
    ReviewOutputs,
    UsageOutputs,
    AgentOutputs,
    PreviewOutputs,
    NotifyOutputs,
    SpotlightOutputs,
    ConversationOutputs {
  hello: SupervisorView
  run: { sessions: SessionView[]; notes: string[] }
  sessions: SessionView[]
  session: SessionView
  why: WhyView
  attention: AttentionView
  /** @param head seq of an event: what it and those before it changed is in here. @param sessions oldest first */
  overview: { head: number; sessions: SessionView[]; attention: AttentionView }
  seen: SessionView
  dismiss: SessionView
  showing: Record<string, never>
  screen: HostScreen
  send: SessionView
  answer: SessionView
  logs: { path: string; text: string; truncated: boolean }
  diff: {
    text: string
    files: { path: string; status: string; added: number | null; removed: number | null }[]
  }
  note: SessionView
  allow: SessionView
  rename: SessionView
  pin: SessionView
  land: LandView
  train: TrainView
  trainPause: TrainView
  trainResume: TrainView
  trainEject: ChangeView
  trainRetry: ChangeView
  trainHold: ChangeView
  trainRelease: ChangeView
  trainPriority: ChangeView
  trainLog: { command: string; path: string; text: string; truncated: boolean; running: boolean }
  undo: ChangeView
  whyCommit: CommitView
  stop: SessionView
  interrupt: SessionView
  resume: SessionView
  update: { session: SessionView; result: 'merged' | 'rebased' | 'conflict' | 'current'; files: string[] }
  rm: {
    session: SessionView
    removed: boolean
    unsafe: string[]
    unsaved: { what: string; detail: string; save: string }[]
    /** What happened in it after the last look, each a sentence; it is in the trash with the rest. */
    late?: string[]
  }
  trash: SessionView[]
  restore: SessionView
  plan: {
    sessions: BriefInput[]
    target: string | null
    checks: string[] | null
    limits: { active?: number; unreviewed?: number }
    overlaps: { a: string; b: string; globs: string[]; paths: string[] }[]
    /** Names that may start together, in order. */
    waves: string[][]
  }
  trust: { commands: string[]; trusted: boolean; hash: string }
  approvals: Approvals
  config: { values: Record<string, unknown>; sources: Record<string, string>; files: string[] }
  doctor: DoctorView
  clean: { id: string; what: string; done: boolean; how: string }[]
  events: Recorded[]
  status: SupervisorView
  shutdown: { pid: number }
}

export type Procedure = keyof typeof PROCEDURES
export type Input<P extends Procedure> = z.input<(typeof PROCEDURES)[P]>
export type Parsed<P extends Procedure> = z.output<(typeof PROCEDURES)[P]>

/** What the attention list says to do can be called as it stands. */
type Callable<P extends AttentionProcedure> = AttentionInputs[P] extends Input<P> ? P : never
export type AttentionCallable = { [P in AttentionProcedure]: Callable<P> }

/** `GET /events?after=N`: a stream of {@link Recorded} as NDJSON, one `{"heartbeat":ms}` line at least every 15 s. */
export const EVENTS_PATH = '/events'

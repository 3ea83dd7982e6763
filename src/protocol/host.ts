/**
 * What crosses between a session's host and its clients (supervisor, `attach`).
 *
 * One unix socket a host; every connection starts with a HELLO frame that names its role. A control
 * connection carries JSON requests and answers; a viewer connection carries terminal bytes. They are
 * two connections so that control never queues behind output.
 */
import type { Question } from './session.ts'
import type { GuardPolicy } from './guard.ts'

/** Version of everything in this file. A host serves exactly the one it was started with. */
export const HOST_PROTOCOL = 1

/** Frame: u32 big-endian length of what follows, u8 type, then the payload. */
export const FRAME = {
  /** JSON {@link HostHello}. First frame each way. */
  hello: 1,
  /** JSON {@link HostRequest} with a numeric `id`. */
  request: 2,
  /** JSON {@link HostResponse} with the request's `id`. */
  response: 3,
  /** JSON {@link HostRecord}: pushed on control connections after `subscribe`. */
  record: 4,
  /** Viewer: f64 big-endian byte offset in the session's output, then raw bytes. */
  output: 5,
  /** Viewer: raw bytes that redraw the whole terminal: f64 offset they stand for, then bytes. */
  snapshot: 6,
  /** Viewer to host: raw keyboard bytes. */
  input: 7,
  /** Viewer to host: JSON {cols, rows}. */
  resize: 8,
  /** Viewer: JSON {code, signal}: the session's process has ended. */
  end: 9,
  /** Browser to the supervisor's bridge, never to a host: JSON {bytes} that it has drawn. */
  drawn: 10,
} as const

/** Largest frame either side accepts, bytes. A 10k-line snapshot is 1.2 MB (facts/terminal 3.2). */
export const MAX_FRAME = 16 * 1024 * 1024

export interface HostHello {
  protocol: number
  role: 'control' | 'viewer' | 'host'
  /** Of {@link HostSpec}: whoever does not know it is cut off. */
  token?: string
  session?: string
  generation?: number
  /** Viewer: last output offset it has; absent: send a snapshot. */
  since?: number
  /** Viewer: its size; the host takes the most recent viewer's. */
  cols?: number
  rows?: number
}

/**
 * Everything a host needs, written by the supervisor to a 0600 file and named on the host's command
 * line. All paths are absolute.
 */
export interface HostSpec {
  protocol: number
  session: string
  /** Counts the session's processes: a late report of an old one is dropped. */
  generation: number
  /** argv[0] is a path; the cell's own command line is already part of it. */
  argv: string[]
  env: Record<string, string>
  cwd: string
  cols: number
  rows: number
  /** Lines of scrollback the emulator keeps. */
  scrollback: number
  /** Directory of the socket and host.json (0700, under the runtime directory). */
  runDir: string
  /** Every connection must say it in its hello. */
  token: string
  /** Directory of exit.json, raw.log, records.jsonl, screen.ansi (under the state directory). */
  stateDir: string
  /** Raw log is kept in two files of half this size, bytes. */
  rawLogCap: number
  /** Hook end point on loopback; null: the agent has no hooks. */
  hooks: HookEndpoint | null
  /** What the session may write; null: nobody watches it. */
  guard: GuardPolicy | null
  /** What its agent should know of main, with its first step. */
  news?: HostNews
}

/** Something its agent should know, told with the next answer that can carry it; the newest replaces older ones. */
export interface HostNews {
  /** Commit of the target that it is about. */
  main: string
  text: string
}

export interface HookEndpoint {
  /** 127.0.0.1 port, chosen by the supervisor beforehand (it stands in the agent's settings). */
  port: number
  /** Bearer token that every hook request must carry. */
  token: string
}

/** File of the runtime directory of a session with its {@link HostIdentity}. */
export const HOST_IDENTITY = 'host.json'

/** Written to {@link HOST_IDENTITY} once the socket listens. */
export interface HostIdentity {
  protocol: number
  session: string
  generation: number
  pid: number
  /** Start time of the process as the platform gives it: tells a reused pid. */
  startTime: string
  bootId: string
  /** Root process of the session (the cell's or the agent's). */
  child: { pid: number; startTime: string }
}

/** Written to `<stateDir>/exit.json` (fsync) before anyone is told. */
export interface HostExit {
  session: string
  generation: number
  code: number | null
  signal: string | null
  at: number
  /** Total bytes of output. */
  bytes: number
}

/**
 * One line of `<stateDir>/records.jsonl`: what the host saw. Kept until the supervisor acknowledges
 * it, so that no event depends on the supervisor being alive. `seq` rises by one for each session and
 * goes on over generations.
 */
export type HostRecord = { seq: number; at: number; generation: number } & HostRecordBody

export type HostRecordBody =
  /** A hook of the agent, body as it came. */
  | {
      kind: 'hook'
      event: string
      body: Record<string, unknown>
      /** Paths it writes, or was seen to have written, outside what the session owns, relative to the workspace. */
      outsideOwned?: string[]
    }
  /** Something was refused to the session. */
  | {
      kind: 'refusal'
      /** Absent: the guard. `kernel`: seen in what a tool printed. */
      source?: 'guard' | 'kernel'
      tool: string
      target: string
      why: string
      instead: string
      agentId: string | null
      /** Refused only because nobody allowed these paths yet, relative to the workspace. */
      wanted?: string[]
    }
  /** A question waits for an answer: the hook request is held open. */
  | {
      kind: 'question'
      question: Question
      /** The hook's body as it came: an answer needs its `permission_suggestions`. */
      body?: Record<string, unknown>
    }
  /** It no longer waits. `terminal`: answered on the screen; `ended`: the process or turn ended. */
  | { kind: 'question-closed'; id: string; by: 'outside' | 'terminal' | 'ended' }
  | { kind: 'started'; pid: number }
  /** The supervisor's prompt is about to be typed; it is from now on, unless the host dies at this moment. */
  | { kind: 'prompted'; prompt: string }
  /** The agent was told the news of this commit, in the answer to the hook `how`. */
  | { kind: 'told'; main: string; how: string }
  | { kind: 'title'; title: string }
  | { kind: 'exit'; code: number | null; signal: string | null }

export type HostRequest =
  | { op: 'status' }
  /** Push records with seq > since, then new ones as they come. */
  | { op: 'subscribe'; since: number }
  /** Records up to seq are journalled: the host may forget them. */
  | { op: 'acknowledge'; seq: number }
  /** The screen as text; `styled`: with how it is drawn. */
  | { op: 'screen'; styled?: boolean }
  | { op: 'input'; data: string; /** base64 instead of utf8 */ base64?: boolean }
  /**
   * Types a prompt as a whole. Asked for the same one again, nothing is typed. Refused while a question is open
   * (DIALOG_OPEN), and while records of what the agent does are not acknowledged (SESSION_BUSY).
   */
  | { op: 'prompt'; prompt: string; /** Writes, in this order. */ keys: string[] }
  | { op: 'resize'; cols: number; rows: number }
  /** Answer a held hook request with this body. */
  | { op: 'answer'; question: string; body: Record<string, unknown> }
  /** A held question no longer stands on the screen; nothing happens when it is closed already. */
  | { op: 'close'; question: string }
  | { op: 'guard'; policy: GuardPolicy }
  /** Something for the agent to know. */
  | ({ op: 'tell' } & HostNews)
  /**
   * No turn begins until `release`, or for this long, ms: somebody changes the workspace. A prompt that is
   * given meanwhile waits a moment, then the agent is asked to have it given again.
   */
  | { op: 'hold'; ms: number }
  | { op: 'release' }
  /** SIGHUP, SIGTERM, SIGKILL with `grace` milliseconds between, to every descendant. */
  | { op: 'kill'; grace: number }
  /** Leave: only when the session's process has ended and its records are acknowledged. */
  | { op: 'quit' }

export interface HostStatus {
  identity: HostIdentity
  running: boolean
  exit: HostExit | null
  cols: number
  rows: number
  bytes: number
  viewers: number
  lastOutputAt: number | null
  lastRecord: number
  title: string
  openQuestions: Question[]
  /** Terminal modes that matter to whoever types into it. */
  bracketedPaste: boolean
}

export interface HostScreen {
  cols: number
  rows: number
  cursor: { x: number; y: number }
  /** Visible rows, trailing blanks cut. */
  lines: string[]
  /** For each row how its text is drawn, from the left; absent: not asked for. */
  styles?: ScreenStyle[][]
  title: string
  /** Milliseconds since the epoch of the last output. */
  at: number | null
}

/** How the next piece of a row is drawn; what is absent is as the terminal does it by itself. */
export interface ScreenStyle {
  /** UTF-16 units of the row. */
  length: number
  fg?: ScreenColour
  bg?: ScreenColour
  marks?: ScreenMark[]
}
/** Place in the palette of 256, or red, green and blue, each to 255. */
export type ScreenColour = number | readonly [number, number, number]
export type ScreenMark = 'bold' | 'dim' | 'italic' | 'underline' | 'inverse' | 'struck'

export type HostResponse = { id: number } & (
  | { ok: true; result: unknown }
  | { ok: false; error: { code: string; message: string } }
)

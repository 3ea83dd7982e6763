/** What crosses between the web board in a browser and its listener, besides the API itself. */
import type { PhoneAccess } from './phone-access.ts'

/** Each is a POST with a JSON body, answered like a procedure; only `ticket` needs the token. */
export const WEB_PATHS = {
  /** {@link WebHello}: the listener proves that it is the one which gave the token. */
  hello: '/access/hello',
  /** `{code}` -> {@link WebAccess}. */
  login: '/access/login',
  /** {@link TicketFor} -> `{ticket}`, good for one connection within a minute. */
  ticket: '/access/ticket',
  /** WebSocket: sub-protocols {@link WEB_SUBPROTOCOL} and the ticket. */
  socket: '/socket',
} as const

/** Beside the ticket among the sub-protocols: a URL would stand in logs and histories. */
export const WEB_SUBPROTOCOL = 'worktrain'

export interface WebAccess {
  /** Goes into the `Authorization` header of every request. */
  token: string
  /** Key of {@link WebHello}'s proof, base64url. */
  key: string
  /** Absent: a browser of this machine. What it may do is decided by the supervisor, and only shown by it. */
  phone?: PhoneAccess
}

/** `proof` is the HMAC-SHA256 of {@link helloMessage} under {@link WebAccess.key}, base64url. */
export interface WebHello {
  challenge: string
}

/** The port is part of it: a proof passed on from another port proves nothing. */
export function helloMessage(port: number, challenge: string): string {
  return `worktrain web ${port} ${challenge}`
}

/** What a connection is for; it can do nothing else. */
export type TicketFor =
  /** Every event after this one, as text messages of one line each; `{"heartbeat":ms}` in between. */
  | { kind: 'events'; after: number }
  /** The terminal of a session, in the frames of `host.ts`: a viewer that also says what it has `drawn`. */
  | { kind: 'terminal'; repo: string | null; name: string; cols: number; rows: number }

/** Why the listener closed a connection. */
export const WEB_CLOSE = {
  /** The frames were not those of the protocol. */
  protocol: 1008,
  /** The supervisor leaves, or could not read on: come back. */
  again: 1012,
  /** Access was revoked. */
  revoked: 4001,
  /** The session has no live terminal. */
  noTerminal: 4004,
  /** The session's host went away. */
  lost: 4005,
} as const

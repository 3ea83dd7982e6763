/** The procedures by which the web board is served, and what they answer; part of the table in `api.ts`. */
import { z } from 'zod'
import { PHONE_SCOPES, type PhoneAccess } from './phone-access.ts'

export const WEB_PROCEDURES = {
  /** Serves the web board, if it is not served yet, and makes a one-time code for a browser. */
  webOpen: z.object({
    repo: z.string().min(1).nullable(),
    /** Another than the one used so far. */
    port: z.number().int().min(1024).max(65535).optional(),
  }),
  webStatus: z.object({}),
  /** Ends the access of one browser, or of all (null). */
  webRevoke: z.object({ id: z.string().min(1).nullable() }),
  webClose: z.object({}),
  /** Opens the web board to phones on one address of this machine, and makes a one-time code for one of them. */
  phoneOpen: z.object({
    /** What the phone is called from then on; one that is called so already gives way to it. */
    name: z.string().min(1).max(60).default('phone'),
    scope: z.enum(PHONE_SCOPES).default('answer'),
    /** One of this machine's; null: the one used so far, or the only one in a private network. */
    address: z.string().max(100).nullable().default(null),
    port: z.number().int().min(1024).max(65535).nullable().default(null),
    /** It is closed by itself after this long, ms. */
    forMs: z
      .number()
      .int()
      .positive()
      .max(7 * 24 * 3_600_000)
      .nullable()
      .default(null),
  }),
  phoneStatus: z.object({}),
  /** Ends the access of one phone, by its name, or of all (null). */
  phoneRevoke: z.object({ name: z.string().min(1).nullable() }),
  phoneClose: z.object({}),
  /** Is the browser that asks notified by push? */
  pushStatus: z.object({}),
  /** The key by which browsers know the supervisor; made when it is asked for first. */
  pushKey: z.object({}),
  /** This browser wants to be notified by push: what its `PushSubscription` says. */
  pushStart: z.strictObject({
    endpoint: z.string().max(1024),
    p256dh: z.string().max(100),
    auth: z.string().max(50),
  }),
  pushEnd: z.object({}),
  /** Repositories that are known here. */
  repositories: z.object({}),
} as const

export interface WebOutputs {
  /** `url` holds the code in its fragment; `notes`: what the person should know, such as another port. */
  webOpen: { url: string; port: number; expiresAt: number; notes: string[] }
  webStatus: WebView
  webRevoke: WebView
  webClose: WebView
  /** `url` holds the code in its fragment. */
  phoneOpen: { url: string; expiresAt: number; phone: PhoneAccess; open: PhoneOpening; notes: string[] }
  phoneStatus: PhoneView
  phoneRevoke: PhoneView
  phoneClose: PhoneView
  pushStatus: PushStatus
  /** VAPID, public, base64url. */
  pushKey: { key: string }
  pushStart: PushStatus
  pushEnd: PushStatus
  repositories: RepositoryView[]
}

export interface PushStatus {
  /** Null: this browser is not notified. */
  here: PushView | null
}

/** A browser that is notified by push. */
export interface PushView {
  /** Name of its phone, or what the browser calls itself. */
  who: string
  /** Host of the push service, of its vendor's choice. */
  service: string
  /** Milliseconds since the epoch. */
  since: number
  /** Why the last message did not reach the service; empty: it did. */
  error: string
}

/** What is pushed, encrypted for one browser. */
export interface PushMessage {
  title: string
  body: string
  /** The session that it is about, or the train of a repository (its root); null: of several, or of nothing. */
  about: { session: string } | { train: string } | null
}

export interface RepositoryView {
  id: string
  root: string
}

/** The web board's listener and who has access to it. */
export interface WebView {
  /** Null: it is not served. */
  url: string | null
  access: {
    id: string
    /** What the browser called itself. */
    label: string
    grantedAt: number
    /** Since the supervisor started; null: not. */
    seenAt: number | null
    /** Connections that are open now. */
    connections: number
  }[]
}

/** Where the board is open to the network. */
export interface PhoneOpening {
  url: string
  /** SHA-256 of the certificate, `AB:CD:…`: what the phone shows of it must be the same. */
  fingerprint: string
  /** When it is closed by itself; null: when the supervisor stops. */
  until: number | null
}

export interface PhoneView {
  /** Null: the board is not open to the network. */
  open: PhoneOpening | null
  /** Why it was closed; empty when it is open, or never was. */
  closed: string
  phones: (PhoneAccess & {
    grantedAt: number
    /** Since the supervisor started; null: not. */
    seenAt: number | null
    /** Connections that are open now. */
    connections: number
  })[]
}

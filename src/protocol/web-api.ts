/** The procedures by which the web board is served, and what they answer; part of the table in `api.ts`. */
import { z } from 'zod'

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
  /** Repositories that are known here. */
  repositories: z.object({}),
} as const

export interface WebOutputs {
  /** `url` holds the code in its fragment; `notes`: what the person should know, such as another port. */
  webOpen: { url: string; port: number; expiresAt: number; notes: string[] }
  webStatus: WebView
  webRevoke: WebView
  webClose: WebView
  repositories: RepositoryView[]
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

/** What runs in a session's cell and can be looked at: the addresses at which its programs listen. */
import { sessionRef } from './refs.ts'

export const PREVIEW_PROCEDURES = {
  /** Looks now, from outside the cell. Nobody is asked, and nothing is connected to. */
  preview: sessionRef,
} as const

export interface PreviewOutputs {
  preview: PreviewView
}

/** What was seen at one moment: it is true of that moment alone. */
export interface PreviewView {
  session: { id: string; name: string }
  /** When it was looked, milliseconds since the epoch. */
  at: number
  /** Why nothing of the session runs, as a sentence; null: its process does. */
  ended: string | null
  /** By port. */
  servers: ServerView[]
  /** Further ones, which are not told. */
  omitted: number
  /** Processes of the session that do not let anybody look which sockets they hold. */
  unseen: number
}

/** A port at which a process of the session listens. What it speaks there is not known. */
export interface ServerView {
  port: number
  /** `0.0.0.0` and `::` stand for every address of this machine. */
  addresses: string[]
  /** Others in the network of this machine reach it, unless a firewall keeps them out. */
  exposed: boolean
  /** Leads to this very program; null: at every address of its own another program listens as well. */
  url: string | null
  pid: number
  /** Name of the program, and what it was started with: words of the session's, bounded. */
  program: string
  command: string
  /** Start of the process, milliseconds since the epoch. */
  since: number | null
}

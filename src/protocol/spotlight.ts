/** A session's work in a checkout of the person's: what is journalled of it, what is asked, and what is answered. */
import { z } from 'zod'
import { directory, sessionRef } from './refs.ts'

/** Where HEAD of a checkout stands: on a branch, or (null) on a commit alone. */
export interface HeadAt {
  branch: string | null
  commit: string
}

/** A state of a session that a checkout shows. */
export interface ShownWork {
  session: string
  name: string
  /** Number of the snapshot, and its commit. */
  n: number
  commit: string
}

export interface SpotlightEvents {
  /**
   * What the checkout holds is about to be kept. Where it comes to no look, whatever was kept by then is forgotten at
   * `until`, ms since the epoch.
   */
  'spotlight.begun': { look: string; repository: string; checkout: string; head: HeadAt; until: number }
  /** A look begins: what the checkout held is kept; nothing of it is changed yet. `kept`: like a stash, so that plain git can take it back. */
  'spotlight.kept': { look: string; repository: string; checkout: string; head: HeadAt; kept: string }
  /** The checkout is about to be moved between two commits: to a session's work, or (`shown` null) back to where `head` says. */
  'spotlight.moving': {
    from: string
    to: string
    shown: ShownWork | null
    head: HeadAt | null
    /** Paths that stay as somebody has made them meanwhile; bytes, kept one to one in latin1. */
    left?: string[]
  }
  'spotlight.shown': { session: string; name: string; n: number }
  /** What the person changed while they looked, as a commit on top of what was shown. */
  'spotlight.edited': { session: string; name: string; commit: string; files: string[] }
  /** `left`: the person moved on by hand, and what was kept stays kept. */
  'spotlight.ended': {
    how: 'back' | 'taken-back' | 'left'
    head: HeadAt
    why: string
    /** When what is kept of it is forgotten, ms since the epoch; at once where all of it is back. */
    until?: number
  }
  /** What a look that is over had kept is there no more. */
  'spotlight.forgotten': { look: string; why: string }
}

export const SPOTLIGHT_PROCEDURES = {
  /** What is shown where. */
  spotlights: z.object({ repo: directory.nullable() }),
  /** What is kept of what checkouts held, and of what was changed in them during a look. */
  spotlightsKept: z.object({ repo: directory.nullable() }),
  /** Shows a session's present work; once more: its newest, or another's. `checkout` null: the main one. */
  spotlight: sessionRef.extend({ checkout: directory.nullable().default(null) }),
  /** Back to what the checkout held. Where nothing is shown nothing is done. */
  spotlightOff: z.object({
    repo: directory,
    checkout: directory.nullable().default(null),
    /** Leave the checkout as it is, and what it held kept. */
    leave: z.boolean().default(false),
    /** What was changed meanwhile is sent to the session as a prompt. */
    toSession: z.boolean().default(false),
  }),
} as const

export interface SpotlightOutputs {
  spotlights: SpotlightView[]
  spotlightsKept: KeptView[]
  spotlight: { spotlight: SpotlightView; edits: EditsView | null; notes: string[] }
  spotlightOff: {
    /** Where the checkout is now; null: nothing was shown. */
    ended: {
      checkout: string
      session: string
      head: HeadAt
      how: 'back' | 'taken-back' | 'left'
      /** When what is kept of it is forgotten; null: nothing is. */
      until: number | null
    } | null
    edits: EditsView | null
    /** What the person should know, each a sentence. */
    notes: string[]
  }
}

/** What a checkout shows instead of what the person had in it. */
export interface SpotlightView {
  id: string
  checkout: string
  repository: { id: string; root: string }
  /** Null: it is on its way, or was interrupted. */
  shown: (ShownWork & { since: number; /** Saved states of the session since. */ behind: number }) | null
  /** Where it goes back to. */
  head: HeadAt
  /** Commit with what the person had there. */
  kept: string
  /** What keeps it from being what it says, such as a branch that was checked out by hand; null: nothing. */
  odd: string | null
}

/** What is kept of a look: until its checkout is back, or for a time after that. */
export interface KeptView {
  id: string
  checkout: string
  repository: { id: string; root: string }
  /** The session that was shown last; null: none ever was. */
  name: string | null
  /** Where the checkout stood before. */
  head: HeadAt
  /** Commit with what it held, as of a stash; null: all of that is back. */
  kept: string | null
  /** Commits with what was changed while it was looked at, oldest first. */
  edits: string[]
  since: number
  /** When it is forgotten; null: not as long as the look lasts. */
  until: number | null
}

/** What the person changed while they looked. */
export interface EditsView {
  commit: string
  files: string[]
  /** It went to the session. */
  sent: boolean
}

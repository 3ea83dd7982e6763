/** The port through which the train moves its target, and what passes through it. */
import type { Place, Repository } from '../../git/index.ts'
import type { Blocked, EventMap } from '../../protocol/index.ts'
import type { RemoteView } from './remote.ts'

/** What may land: a tested candidate. */
export interface Landable {
  /** Of the build. */
  id: string
  /** For the reflog, and for sentences. */
  name: string
  target: string
  /**
   * Commits of the target from which `commit` is a fast-forward that was tested: the build's base, and the
   * inner merges that may have landed before it.
   */
  from: readonly string[]
  commit: string
  tree: string
  /** Why it could not land last time. */
  blocked: Blocked | null
}

/** A landing as it was decided before it was begun. */
export type Intent = EventMap['landing.intended'] & {
  /** When it was journalled, ms. */
  at?: number
}

export type Outcome =
  | { kind: 'landed'; commit: string }
  | { kind: 'blocked'; blocked: Blocked }
  /** The target is not where the candidate may land on. */
  | { kind: 'moved'; to: string }

export type Way = { kind: 'open'; intent: Intent } | Extract<Outcome, { kind: 'blocked' | 'moved' }>

/** What to build on. */
export interface Head {
  /** Null: nothing can be built now. */
  commit: string | null
  /** Without a commit: why, and what to do. With one: what the person should know; null: nothing. */
  why: string | null
}

/** Where changes land. `localLanding` is a branch of this repository; a forge would be another. */
export interface Landing {
  /** @param options.fresh ask a remote now, however short ago it was asked */
  head(target: string, options?: { fresh?: boolean }): Promise<Head>
  /**
   * How a tested candidate would land now. Changes nothing of the target. Where the target holds it already,
   * nothing is left for `land` but to say so.
   */
  prepare(landable: Landable): Promise<Way>
  /**
   * Does what the journalled intent says; called again after a crash until it is settled, and then it must
   * find out by itself how far it came.
   */
  land(landable: Landable, intent: Intent): Promise<Outcome>
  /** How far a landing came, told by the target alone; null: it has not moved. */
  settled(landable: Landable, intent: Intent): Promise<Outcome | null>
  /** Cleans up after a process of ours that died during `land`. Returns what it put right, in sentences. */
  recover(): Promise<string[]>
  /** The same branch at a remote, as last seen, without asking it; null: there is none. */
  remoteView(target: string): Promise<RemoteView | null>
}

/** How a target moves; tests replace it by wrong ways to prove that they are caught. */
export type Move = (
  repo: Repository,
  landable: Landable,
  intent: Intent,
  place: Place | null,
) => Promise<Outcome | null>

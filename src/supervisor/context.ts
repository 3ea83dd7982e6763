/** What every part of the supervisor works with. Built once in `main.ts`; clock and ids are injected. */
import type { ObserveContext } from '../agents/agent.ts'
import type { Repository } from '../git/git.ts'
import type { Journal, Stored } from '../journal/journal.ts'
import type { Paths } from '../platform/paths.ts'
import {
  type Actor,
  type Brief,
  type Draft,
  type EventMap,
  type Recorded,
  type SessionEvents,
  WorktrainError,
} from '../protocol/index.ts'
import { sessionProjection } from '../sessions/evolve.ts'
import type { SessionState } from '../sessions/state.ts'
import type { Erased, Erasure } from '../workspaces/erase.ts'
import type { Workspaces } from '../workspaces/workspace.ts'
import type { Log } from './log.ts'

export interface Context {
  paths: Paths
  /** The person's environment, as the supervisor was started with. */
  env: Record<string, string | undefined>
  now: () => number
  /** A new id with this prefix, e.g. `s_k3v9…`. */
  id: (prefix: string) => string
  /** A UUID, for agents that name conversations so. */
  uuid: () => string
  log: Log
  journal: Journal
  workspaces: Workspaces
  /** Deletes a directory for good, in a process of its own. */
  erase: (erasure: Erasure) => Promise<Erased>
  /** Renews the login of a brief's agent if it must be. @throws AGENT_NOT_LOGGED_IN when it has ended for good */
  freshLogin: (brief: Brief) => Promise<void>
  version: string
  epoch: number
  startedAt: number
  /** The person's token, from which those of sessions follow: see platform/access.ts. */
  token: string
  /** How a host is started. */
  host: { node: string; entry: string }
  /** Runs `work` after everything queued under the same key: a session's steps never interleave. */
  inOrder: <T>(key: string, work: () => Promise<T>) => Promise<T>
  /** Aborted when the supervisor leaves. */
  stopping: AbortSignal
}

/** The supervisor as the actor of what it does by itself. */
export const self: Actor = { kind: 'supervisor', pid: process.pid }

/** A queue for each key. A failed piece of work fails its caller, not its successors. */
export function createInOrder(): Context['inOrder'] {
  const tails = new Map<string, Promise<unknown>>()
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const before = tails.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    const tail = mine
      .catch(() => {})
      .then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
    tails.set(key, tail)
    return mine
  }
}

/** A session event as a draft. */
export function sessionEvent<T extends keyof SessionEvents>(
  id: string,
  type: T,
  data: EventMap[T],
  options: { actor?: Actor; cause: string },
): Draft {
  return { aggregate: 'session', id, type, data, actor: options.actor ?? self, cause: options.cause } as Draft
}

/** Appends one session event. */
export function tell<T extends keyof SessionEvents>(
  ctx: Context,
  id: string,
  type: T,
  data: EventMap[T],
  options: { actor?: Actor; cause: string },
): Promise<Recorded[]> {
  return ctx.journal.append([sessionEvent(id, type, data, options)])
}

/** @throws SESSION_UNKNOWN */
export async function sessionState(ctx: Context, id: string): Promise<SessionState> {
  const stored = await ctx.journal.get(sessionProjection, id)
  if (!stored) throw new WorktrainError('SESSION_UNKNOWN', `There is no session with id ${id}.`)
  return stored.state
}

/** Oldest first. */
export async function allSessions(ctx: Context): Promise<SessionState[]> {
  const rows: Stored<SessionState>[] = await ctx.journal.list(sessionProjection)
  return rows.map((row) => row.state)
}

export async function sessionsOf(ctx: Context, repository: Repository): Promise<SessionState[]> {
  return (await allSessions(ctx)).filter((s) => s.repository === repository.id)
}

/** For looking at what the session's agent keeps on disk. */
export function observeContext(ctx: Context, repositoryRoot: string, s: SessionState): ObserveContext {
  return {
    session: s.id,
    stateDir: ctx.paths.sessionState(s.id),
    workspace: s.workspace.path,
    repositoryRoot,
    conversation: s.conversation?.id ?? null,
    pid: s.process.pid,
    env: ctx.env,
    now: ctx.now(),
  }
}

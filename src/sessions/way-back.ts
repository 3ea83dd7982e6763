/** Where an ejected change goes, and when it comes back. Pure. */
import type { Recorded } from '../protocol/index.ts'
import type { SessionState } from './state.ts'

/** What became of a change that was taken off. */
export interface Ejection {
  reason: string
  /** Times it was ejected in a row, this one included: see {@link ejectionsInARow}. */
  ejections: number
}

export type WayBack =
  /** The person took it off: they know. */
  | { to: 'nobody' }
  /** As a prompt to the session that made it. */
  | { to: 'session' }
  /** To a session that is started for it. */
  | { to: 'agent'; agent: string }
  | { to: 'person'; why: string }

/**
 * @param attempts ejections in a row after which the person decides (`train.attempts`)
 * @param takesPrompts its own session can be given a prompt, now or by resuming it
 * @param resolver agent named for when it cannot; null: none
 */
export function wayBack(
  { reason, ejections }: Ejection,
  s: Pick<SessionState, 'resolves'>,
  limits: { attempts: number; takesPrompts: boolean; resolver: string | null },
): WayBack {
  if (reason === 'person') return { to: 'nobody' }
  const before = s.resolves?.ejections ?? 0
  if (ejections + before >= limits.attempts)
    return {
      to: 'person',
      why: `${times(ejections + before)} in a row, so it stays off until you put it on again`,
    }
  if (limits.takesPrompts) return { to: 'session' }
  // One that repairs another's change is not repaired by a third.
  if (limits.resolver !== null && s.resolves === null) return { to: 'agent', agent: limits.resolver }
  return { to: 'person', why: 'its session cannot take it up' }
}

/** As {@link wayBack}, of a change that no session made, such as the taking back of a landing. */
export function wayBackAlone(
  { reason, ejections }: Ejection,
  { attempts, resolver }: { attempts: number; resolver: string | null },
): { to: 'nobody' | 'person'; why: string } | { to: 'agent'; agent: string } {
  if (reason === 'person') return { to: 'nobody', why: '' }
  if (ejections >= attempts)
    return {
      to: 'person',
      why: `It was ejected ${times(ejections)} in a row, and stays off until you put it on again.`,
    }
  if (resolver !== null) return { to: 'agent', agent: resolver }
  return { to: 'person', why: 'No agent is named that could repair it.' }
}

export type ComingBack =
  | { put: 'anew' }
  | { put: 'again' }
  /** It stays off; `why` for the person, null: nothing new to say. */
  | { put: null; why: string | null }

/**
 * What becomes of a session that has just handed off.
 * @param newest its newest change; null: it had none
 */
export function comingBack(
  s: Pick<SessionState, 'brief' | 'head' | 'resolves'>,
  newest: ({ state: string; head: string } & Ejection) | null,
  attempts: number,
): ComingBack {
  if (newest?.state !== 'ejected') return s.brief.land ? { put: 'anew' } : { put: null, why: null }
  if (newest.reason === 'person') return { put: null, why: 'you took it off the train' }
  const ejections = newest.ejections + (s.resolves?.ejections ?? 0)
  if (ejections >= attempts)
    return { put: null, why: `it was ejected ${times(ejections)} in a row and stays off the train` }
  if (s.head === newest.head) return { put: null, why: 'it has no new commit since it was ejected' }
  return { put: 'again' }
}

/**
 * Counts from the last time the person put it on: then they have seen what came before.
 * @param events of all changes of one session, oldest first
 */
export function ejectionsInARow(events: readonly Recorded[]): number {
  let count = 0
  for (const event of events) {
    if (event.type === 'change.landed') count = 0
    if (event.type === 'change.queued' && event.actor.kind === 'person') count = 0
    if (event.type === 'change.ejected' && event.data.reason !== 'person') count += 1
  }
  return count
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`
}

/** Which planned sessions may start now. Pure, deterministic, explainable. */
import type { WaitsBecause } from '../protocol/index.ts'
import { isLive, isOpen, type SessionState } from './state.ts'

export interface Limits {
  /** Sessions of one repository that work at the same time. */
  active: number
  /** Sessions that have handed off and wait for the person, before new ones wait for that. */
  unreviewed: number
}

export type Admission = { admit: true } | { admit: false; for: string[]; why: string; because: WaitsBecause }

/** Ids of sessions. */
export interface Reviewed {
  has: (id: string) => boolean
}

/**
 * Has it handed off, and waits for the person to look at its work?
 * @param reviewed ids of the sessions whose work as it is has been approved, or rejected
 */
export function isUnreviewed(s: SessionState, reviewed: Reviewed): boolean {
  return isOpen(s) && (s.stage === 'handed-off' || s.stage === 'in-review') && !reviewed.has(s.id)
}

/** Names that one reason tells. */
const NAMED_MAX = 5

/**
 * A session waits for what it names in `after` until that has landed; and for a free place.
 *
 * A session it waits for that was discarded, or that no longer exists, never lands: the wait then
 * needs the person, and says so.
 * @param all oldest first: the newest holder of a name counts
 * @param reviewed ids of the sessions whose work as it is has been approved, or rejected
 */
export function admission(
  session: SessionState,
  all: readonly SessionState[],
  limits: Limits,
  reviewed: Reviewed = new Set(),
): Admission {
  const peers = all.filter((s) => s.repository === session.repository)
  const unmet = session.brief.after.filter((name) => newest(peers, name)?.stage !== 'landed')
  if (unmet.length > 0) {
    const gone = unmet.filter((name) => {
      const other = newest(peers, name)
      return !other || !isOpen(other)
    })
    const why =
      gone.length > 0
        ? `waits for ${gone.join(', ')}, which will not land: it was discarded. Remove this session, or restore that one`
        : `waits until ${unmet.join(', ')} ${unmet.length > 1 ? 'have' : 'has'} landed`
    return { admit: false, for: unmet, why, because: gone.length > 0 ? 'discarded' : 'order' }
  }
  const unreviewed = peers.filter((s) => isUnreviewed(s, reviewed)).map(({ name }) => name)
  if (unreviewed.length >= limits.unreviewed) {
    const more = unreviewed.length > NAMED_MAX ? ` and ${unreviewed.length - NAMED_MAX} more` : ''
    const names = unreviewed.slice(0, NAMED_MAX).join(', ') + more
    const why =
      `waits for you to review ${names}: ${unreviewed.length} handed off, and ` +
      `${limits.unreviewed} may wait unreviewed at a time (limits.unreviewed)`
    return { admit: false, for: [], why, because: 'review' }
  }
  const active = peers.filter((s) => s.id !== session.id && occupies(s)).length
  if (active >= limits.active) {
    return {
      admit: false,
      for: [],
      why: `waits for a free place: ${active} of ${limits.active} sessions are at work`,
      because: 'places',
    }
  }
  return { admit: true }
}

/** Does it take one of the places for sessions at work? A finished turn that waits for the person does not. */
function occupies(s: SessionState): boolean {
  if (s.stage === 'preparing') return s.workspace.failed === null
  if (s.stage !== 'active') return false
  return isLive(s) && (s.activity.state !== 'idle' || s.background > 0)
}

/** Names are reused after a removal: the newest holder counts. */
function newest(all: readonly SessionState[], name: string): SessionState | undefined {
  return all.findLast((s) => s.name === name)
}

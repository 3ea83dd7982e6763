/** A change's life as a fold over its events, and the table of what may follow what. Pure. */
import type { Projection } from '../journal/journal.ts'
import {
  type Actor,
  type ChangeEvents,
  type ChangeState,
  type Draft,
  type Recorded,
  WorktrainError,
} from '../protocol/index.ts'
import type { Change } from './ports.ts'

/** What may come of a change that is still on the train. */
const ENDS = ['change.landed', 'change.conflicted', 'change.ejected', 'change.withdrawn'] as const

/** Events a change may meet in each state; `new` is the change that does not exist yet. */
const EDGES: Record<ChangeState | 'new', readonly (keyof ChangeEvents)[]> = {
  new: ['change.queued'],
  queued: ['change.queued', 'change.prioritised', 'change.held', 'change.suspected', ...ENDS],
  parked: ['change.queued', 'change.prioritised', 'change.held', 'change.cleared', ...ENDS],
  held: ['change.queued', 'change.prioritised', 'change.released', ...ENDS],
  landed: [],
  ejected: ['change.queued', 'change.returned', 'change.withdrawn'],
  withdrawn: ['change.queued'],
}

/** Is it still on the train? */
export function isActive(change: Change): boolean {
  return change.state === 'queued' || change.state === 'parked' || change.state === 'held'
}

/** A change gains a step on those of higher priority for each of these that it waits, ms: nobody starves. */
const AGEING_MS = 30 * 60_000

/** The changes on the train, in the order in which they land. @param now ms since the epoch */
export function inOrder(changes: readonly Change[], now: number): Change[] {
  const rank = (change: Change) => change.priority + Math.floor((now - change.queuedAt) / AGEING_MS)
  return changes.filter(isActive).sort((a, b) => rank(b) - rank(a) || a.place - b.place)
}

/**
 * The change after one more event. An event that its state does not allow changes nothing: replaying a
 * journal must never fail, one from before there were builds included.
 */
export function evolve(state: Change | null, event: Recorded): Change {
  const allowed: readonly string[] = EDGES[state?.state ?? 'new']
  if (!allowed.includes(event.type)) return state as Change
  if (event.type === 'change.queued') return queued(state, event)
  return state === null ? (state as unknown as Change) : next(state, event)
}

function queued(state: Change | null, event: Recorded & { type: 'change.queued' }): Change {
  // A change that is still on the train keeps its place when it is pinned anew.
  const keeps = state !== null && isActive(state)
  const { priority, undoes, resolveWith, ...data } = event.data
  return {
    ...data,
    id: event.id,
    state: 'queued',
    queuedAt: keeps ? state.queuedAt : event.at,
    place: keeps ? state.place : event.seq,
    priority: priority ?? (keeps ? state.priority : 0),
    undoes: undoes ?? null,
    resolver: resolveWith ?? state?.resolver ?? null,
    returned: null,
    held: null,
    suspected: null,
    cleared: null,
    landed: null,
    ejected: null,
    ejections: state?.ejections ?? 0,
  }
}

function next(state: Change, event: Recorded): Change {
  switch (event.type) {
    case 'change.prioritised':
      return { ...state, priority: event.data.priority }
    case 'change.held':
      return { ...state, state: 'held', held: event.data.why, suspected: null }
    case 'change.released':
      return { ...state, state: 'queued', held: null }
    case 'change.suspected':
      return { ...state, state: 'parked', suspected: { ...event.data, at: event.at } }
    case 'change.cleared':
      return { ...state, state: 'queued', suspected: null, cleared: event.at }
    case 'change.landed': {
      const landed = { commit: event.data.new, at: event.at, build: event.data.build ?? null }
      return { ...state, state: 'landed', held: null, landed }
    }
    case 'change.ejected': {
      const { reason, detail, files, log, base = null, evidence = [] } = event.data
      const ejected = { reason, detail, files, log, base, evidence, at: event.at }
      return { ...state, state: 'ejected', held: null, ejected, ejections: state.ejections + 1 }
    }
    case 'change.returned':
      return { ...state, returned: event.data }
    case 'change.withdrawn':
      return { ...state, state: 'withdrawn', held: null }
    default:
      return state
  }
}

export const changeProjection: Projection<Change> = { aggregate: 'change', version: 3, evolve }

/** An event of a change, before it is known which change. */
export type ChangeStep = {
  [T in keyof ChangeEvents]: readonly [T, ChangeEvents[T]]
}[keyof ChangeEvents]

/** What a person may have asked for, where the change is not in a state for it. */
const ASKED: Partial<Record<string, string>> = {
  'change.held': 'it cannot be held back',
  'change.released': 'nobody holds it back',
  'change.prioritised': 'its place does not matter any more',
  'change.ejected': 'it is not there to be ejected',
  'change.withdrawn': 'it is not there to be taken off',
}

/**
 * Drafts of events that follow each other on one change.
 * @throws SESSION_WRONG_STATE when the change's state does not allow one of them
 */
export function draftsFor(
  change: Change | null,
  id: string,
  steps: readonly ChangeStep[],
  by: { actor: Actor; cause: string },
): Draft[] {
  let state = change
  return steps.map(([type, data]) => {
    const allowed: readonly string[] = EDGES[state?.state ?? 'new']
    if (!allowed.includes(type))
      throw new WorktrainError(
        'SESSION_WRONG_STATE',
        `${state?.name ?? id} is ${state?.state ?? 'not on the train'}: ${ASKED[type] ?? `${type} cannot follow`}.`,
        { hint: 'See `worktrain train`.' },
      )
    const draft = { aggregate: 'change', id, type, data, ...by } as Draft
    state = evolve(state, { ...draft, seq: 0, at: 0, version: 0 })
    return draft
  })
}

/** What became of the changes that were judged by their checks, oldest first: the train's experience. */
export function outcomes(changes: readonly Change[]): ('landed' | 'failed')[] {
  return changes
    .flatMap((change): { at: number; what: 'landed' | 'failed' }[] => {
      if (change.landed?.build) return [{ at: change.landed.at, what: 'landed' }]
      if (change.ejected?.reason === 'checks') return [{ at: change.ejected.at, what: 'failed' }]
      return []
    })
    .sort((a, b) => a.at - b.at)
    .map((one) => one.what)
}

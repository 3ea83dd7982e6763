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
import type { Change, CheckResult } from './ports.ts'

/** Events a change may meet in each state; `new` is the change that does not exist yet. */
const EDGES: Record<ChangeState | 'new', readonly (keyof ChangeEvents)[]> = {
  new: ['change.queued'],
  queued: ['change.queued', 'change.building', 'change.ejected', 'change.withdrawn'],
  building: [
    'change.building',
    'change.candidate',
    'change.conflicted',
    'change.landed',
    'change.voided',
    'change.ejected',
    'change.withdrawn',
  ],
  testing: [
    'check.started',
    'check.finished',
    'landing.intended',
    'landing.blocked',
    'change.voided',
    'change.ejected',
    'change.withdrawn',
  ],
  landing: [
    'landing.intended',
    'landing.blocked',
    'change.landed',
    'change.voided',
    'change.ejected',
    'change.withdrawn',
  ],
  blocked: [
    'landing.intended',
    'landing.blocked',
    'change.landed',
    'change.voided',
    'change.ejected',
    'change.withdrawn',
  ],
  landed: [],
  ejected: ['change.queued', 'change.withdrawn'],
  withdrawn: ['change.queued'],
}

/** Is it still on the train? */
export function isActive(change: Change): boolean {
  return change.state !== 'landed' && change.state !== 'ejected' && change.state !== 'withdrawn'
}

/** Does this result prove that the tree passes the check? */
export function isGreen(result: CheckResult): boolean {
  return result.exit === 0 && !result.timedOut && !result.dirtied?.length
}

/**
 * The change after one more event. An event that its state does not allow changes nothing: replaying a
 * journal must never fail.
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
  return {
    ...event.data,
    id: event.id,
    state: 'queued',
    queuedAt: keeps ? state.queuedAt : event.at,
    place: keeps ? state.place : event.seq,
    base: null,
    candidate: null,
    results: (state?.results ?? []).filter(isGreen),
    running: null,
    intent: null,
    blocked: null,
    landed: null,
    ejected: null,
    voids: state?.voids ?? 0,
    voided: state?.voided ?? null,
    dirtied: 0,
  }
}

function next(state: Change, event: Recorded): Change {
  switch (event.type) {
    case 'change.building':
      return {
        ...state,
        state: 'building',
        base: event.data.base,
        candidate: null,
        results: state.results.filter(isGreen),
      }
    case 'change.candidate': {
      const { base, commit, tree, ref } = event.data
      return { ...state, state: 'testing', base, candidate: { commit, tree, ref } }
    }
    case 'check.started':
      return { ...state, running: { ...event.data, at: event.at } }
    case 'check.finished':
      return { ...state, running: null, results: [...state.results, event.data] }
    case 'landing.intended':
      return { ...state, state: 'landing', intent: { ...event.data, at: event.at }, blocked: null }
    case 'landing.blocked':
      return { ...state, state: 'blocked', blocked: event.data }
    case 'change.landed':
      return { ...over(state), state: 'landed', landed: { commit: event.data.new, at: event.at } }
    case 'change.voided':
      return {
        ...over(state),
        state: 'queued',
        candidate: null,
        intent: null,
        voids: state.voids + 1,
        voided: event.data,
        dirtied: state.dirtied + (event.data.why === 'dirtied' ? 1 : 0),
      }
    case 'change.ejected':
      return { ...over(state), state: 'ejected', ejected: event.data }
    case 'change.withdrawn':
      return { ...over(state), state: 'withdrawn' }
    default:
      return state
  }
}

function over(state: Change): Change {
  return { ...state, running: null, blocked: null }
}

export const changeProjection: Projection<Change> = { aggregate: 'change', version: 1, evolve }

/** An event of a change, before it is known which change. */
export type ChangeStep = {
  [T in keyof ChangeEvents]: readonly [T, ChangeEvents[T]]
}[keyof ChangeEvents]

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
        `${state?.name ?? id} is ${state?.state ?? 'not on the train'}: ${type} cannot follow.`,
        { hint: 'See `worktrain train`.' },
      )
    const draft = { aggregate: 'change', id, type, data, ...by } as Draft
    state = evolve(state, { ...draft, seq: 0, at: 0, version: 0 })
    return draft
  })
}

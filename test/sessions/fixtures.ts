import type { Brief, EventMap, EventType, Recorded } from '../../src/protocol/index.ts'
import { evolve } from '../../src/sessions/evolve.ts'
import type { AttentionFacts } from '../../src/sessions/attention/facts.ts'
import type { SessionState } from '../../src/sessions/state.ts'
import { brief as bare } from '../fixtures/brief.ts'

/** Facts of others by which nothing is different. */
export const nobodyElse: AttentionFacts = {
  now: 100,
  root: '/r',
  change: null,
  repairedBy: null,
  train: null,
  mender: 'claude',
  heldUp: [],
  overlaps: [],
  reviewed: false,
  uncommitted: false,
  rejected: null,
  takesPrompts: true,
  tellsPrompts: true,
  always: null,
}

export const brief: Brief = { ...bare, goal: 'Fix the bug' }

/** One event of session `id`, `at` milliseconds. */
export function event<T extends EventType>(id: string, at: number, type: T, data: EventMap[T]): Recorded {
  const actor = { kind: 'supervisor', pid: 1 }
  return {
    aggregate: 'session',
    id,
    type,
    data,
    actor,
    cause: 'test',
    seq: at,
    at,
    version: 1,
  } as unknown as Recorded
}

export function planned(id: string, name: string, changes: Partial<Brief> = {}, at = 1): Recorded {
  return event(id, at, 'session.planned', {
    repository: 'r1',
    name,
    brief: { ...brief, ...changes },
    branch: `worktrain/${name}`,
    base: { oid: 'b'.repeat(40), ref: 'refs/heads/main', chosen: 'Local main.' },
    workspace: { kind: 'sealed', path: `/w/${name}` },
    existingBranch: false,
  })
}

export function fold(...events: Recorded[]): SessionState {
  const state = events.reduce<SessionState | null>((s, e) => evolve(s, e), null)
  if (!state) throw new Error('no events')
  return state
}

/** A session that runs and works. */
export function working(id: string, name: string, ...more: Recorded[]): SessionState {
  return fold(
    planned(id, name),
    event(id, 2, 'session.admitted', {
      base: { oid: 'b'.repeat(40), ref: 'refs/heads/main', chosen: 'Local main.' },
    }),
    event(id, 3, 'workspace.made', {
      path: `/w/${name}`,
      gitDir: `/w/${name}/.git`,
      dev: 1,
      ino: 2,
      token: 't',
    }),
    event(id, 4, 'process.launching', {
      generation: 1,
      conversation: 'c1',
      headless: false,
      rung: 'bubblewrap',
      rungWhy: '',
    }),
    event(id, 5, 'process.started', { generation: 1, pid: 99 }),
    ...more,
  )
}

export function observed(
  id: string,
  at: number,
  state: EventMap['activity.observed']['state'],
  evidence = 'seen',
  background = 0,
): Recorded {
  return event(id, at, 'activity.observed', { state, source: 'hook', at, evidence, background })
}

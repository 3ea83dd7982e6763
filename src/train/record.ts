/** The train of a repository as a fold over its events: pause, the landing under way, what landed, what flakes. Pure. */
import type { Projection } from '../journal/journal.ts'
import type { LandingView, TrainView } from '../protocol/api.ts'
import type { Blocked, Recorded, TrainEvents } from '../protocol/index.ts'

export interface TrainRecord {
  paused: TrainEvents['train.paused'] | null
  /** When it began. */
  pausedAt: number | null
  /** The landing that was decided and is not settled. */
  intent: (TrainEvents['landing.intended'] & { at: number }) | null
  /** Why the last build that was to land could not. */
  blocked: (Blocked & { build: string; at: number }) | null
  /** By target: its newest commit known to pass all checks. */
  green: Record<string, Green>
  /** The newest {@link KEPT}, oldest first. */
  landings: LandingView[]
  /** Tests, or whole checks (null), seen red and green on the same tree. */
  flaky: (TrainView['flaky'][number] & {
    /** Log of the red run that was counted last. */
    red: string
  })[]
}

export interface Green {
  commit: string
  tree: string
  environment: string
  checks: string[]
  /** Passed once more after it landed, or never was landed by us but passed by itself. */
  verified: boolean
}

/** Landings, and flaky tests, kept at hand; the journal has them all. */
export const KEPT = 50

const EMPTY: TrainRecord = {
  paused: null,
  pausedAt: null,
  intent: null,
  blocked: null,
  green: {},
  landings: [],
  flaky: [],
}

export function nothingRecorded(): TrainRecord {
  return structuredClone(EMPTY)
}

function evolve(state: TrainRecord | null, event: Recorded): TrainRecord {
  const s = state ?? nothingRecorded()
  switch (event.type) {
    case 'train.paused':
      // Told again with what is to blame, it is the same pause.
      return { ...s, paused: event.data, pausedAt: s.paused === null ? event.at : s.pausedAt }
    case 'train.resumed':
      return { ...s, paused: null, pausedAt: null }
    case 'landing.intended':
      return { ...s, intent: { ...event.data, at: event.at }, blocked: null }
    case 'landing.blocked':
      // A remote that has moved already must be followed, however long it takes.
      return { ...s, intent: s.intent?.remote ? s.intent : null, blocked: { ...event.data, at: event.at } }
    case 'landing.voided':
      return { ...s, intent: null, blocked: null }
    case 'train.landed':
      return landed(s, event)
    case 'train.verified': {
      const { target, commit, tree, environment } = event.data
      const checks = s.green[target]?.checks ?? []
      return { ...s, green: { ...s.green, [target]: { commit, tree, environment, checks, verified: true } } }
    }
    case 'train.flaked':
      return { ...s, flaky: flaked(s.flaky, event) }
    default:
      return s
  }
}

function landed(s: TrainRecord, event: Recorded & { type: 'train.landed' }): TrainRecord {
  const { data, seq, at } = event
  const view: LandingView = { ...data, seq, at, remote: data.remote ?? null }
  const checks = [...data.checks, ...data.skipped].map((check) => check.command)
  const { target, tree, environment } = data
  return {
    ...s,
    intent: null,
    blocked: null,
    green: { ...s.green, [target]: { commit: data.new, tree, environment, checks, verified: false } },
    landings: [...s.landings, view].slice(-KEPT),
  }
}

function flaked(
  known: TrainRecord['flaky'],
  { data, at }: Recorded & { type: 'train.flaked' },
): TrainRecord['flaky'] {
  const tests: (string | null)[] = data.tests.length > 0 ? data.tests : [null]
  const after = [...known]
  for (const test of tests) {
    const index = after.findIndex((one) => one.command === data.command && one.test === test)
    const times = (after[index]?.times ?? 0) + 1
    if (index >= 0) after.splice(index, 1)
    after.push({ command: data.command, test, times, at, red: data.red })
  }
  return after.slice(-KEPT)
}

export const trainProjection: Projection<TrainRecord> = { aggregate: 'train', version: 4, evolve }

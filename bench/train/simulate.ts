/** Drives every scheduler through the same simulated worlds and averages what came of it. */
import { type EstimateInput, expectedLandings } from '../../src/train/plan/index.ts'
import { hybrid } from './hybrid.ts'
import { ours } from './ours.ts'
import { batches, serial, zuul } from './rivals.ts'
import { type Case, type Outcome, type Run, type Scheduler, Yard } from './yard.ts'

export const SCHEDULERS = {
  worktrain: ours(),
  'worktrain, with history': ours({ history: true }),
  'hybrid as described': ours({ policy: hybrid }),
  'Zuul, window = slots': zuul(false),
  'Zuul, optimistic': zuul(true),
  'batches of 8, halved': batches,
  serial,
  'worktrain, retest': ours({ retest: true }),
  'worktrain, every commit': ours({ mode: 'every-commit' }),
} satisfies Record<string, Scheduler>
export type SchedulerName = keyof typeof SCHEDULERS

/** Of one cell: means over the seeds, and the standard error of the makespan. */
export interface Mean extends Outcome {
  error: number
}

export interface Cell extends Omit<Case, 'seed'> {
  of: Partial<Record<SchedulerName, Mean>>
  /** Worktrain against the hybrid in the same worlds: mean difference of the makespan, and its standard error. */
  difference?: { mean: number; error: number }
}

/** @param seeds how many worlds; the same ones for everybody, and in every run */
export function simulate(given: Omit<Case, 'seed'>, names: readonly SchedulerName[], seeds: number): Cell {
  const outcomes = new Map(
    names.map((name) => [
      name,
      Array.from({ length: seeds }, (_, seed) =>
        new Yard({ ...given, seed: seed + 1 }).drive(SCHEDULERS[name]),
      ),
    ]),
  )
  const of: Cell['of'] = {}
  for (const [name, all] of outcomes) of[name] = mean(all)
  const mine = outcomes.get('worktrain')
  const theirs = outcomes.get('hybrid as described')
  if (!mine || !theirs) return { ...given, of }
  const differences = mine.map(({ makespan }, index) => makespan - (theirs[index]?.makespan ?? 0))
  return { ...given, of, difference: { mean: average(differences), error: standardError(differences) } }
}

export interface Foretold {
  /** How many checks before the landing it was foretold, at least and below. */
  from: number
  to: number
  /** Mean of how much later than foretold it landed, and of the distance either way; in checks. */
  late: number
  off: number
}

/** How good the estimates are: every change that landed, at every moment at which something was decided. */
export function foretell(given: Omit<Case, 'seed'>, seeds: number): Foretold[] {
  const said: { ahead: number; late: number }[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const yard = new Yard({ ...given, seed })
    const asked: { change: number; at: number; landing: number }[] = []
    const watch = (
      input: Omit<EstimateInput, 'now' | 'usualMs' | 'startedAt'>,
      builds: readonly Run[],
      now: number,
    ): void => {
      const startedAt = builds.map(({ started }) => started * 1000)
      expectedLandings({ ...input, now: now * 1000, usualMs: 1000, startedAt }).forEach((ms, index) => {
        if (ms !== null) asked.push({ change: Number(input.queue[index]), at: now, landing: ms / 1000 })
      })
    }
    yard.drive(ours({ watch }))
    for (const { change, at, landing } of asked) {
      const real = yard.landedAt.get(change)
      if (real !== undefined) said.push({ ahead: landing - at, late: real - landing })
    }
  }
  const bounds = [0, 1, 2, 4, 8]
  return bounds.map((from, index) => {
    const to = bounds[index + 1] ?? Number.POSITIVE_INFINITY
    const here = said.filter(({ ahead }) => ahead >= from && ahead < to).map(({ late }) => late)
    return { from, to, late: average(here), off: average(here.map(Math.abs)) }
  })
}

function mean(outcomes: readonly Outcome[]): Mean {
  const of = (value: (outcome: Outcome) => number): number => average(outcomes.map(value))
  return {
    makespan: of(({ makespan }) => makespan),
    latency: of(({ latency }) => latency),
    runs: of(({ runs }) => runs),
    unsafe: outcomes.reduce((sum, { unsafe }) => sum + unsafe, 0),
    innocent: of(({ innocent }) => innocent),
    error: standardError(outcomes.map(({ makespan }) => makespan)),
  }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1)
}

function standardError(values: readonly number[]): number {
  const middle = average(values)
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
  return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1) / values.length)
}

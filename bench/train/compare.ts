/**
 * Against the goal: at or below the hybrid policy's figures, in every cell. They are of policies that are told the
 * failure rate, so it is compared what Worktrain does when it has learned it, from a hundred changes before these.
 */
import { FIGURES, type Figure } from './figures.ts'
import type { Cell } from './simulate.ts'

export interface Compared {
  figure: Figure
  /** Makespan of the first changes of a repository, of which nothing is known. */
  first: number
  makespan: number
  latency: number
  runs: number
  /** Standard error of our makespan; theirs is not known. */
  error: number
  /** Part by which our makespan is above the figure; below zero: faster. */
  above: number
  /** `noise`: above by no more than two standard errors and the figure's rounding. */
  verdict: 'at or below' | 'noise' | 'above'
}

export function compareFigures(cells: readonly Cell[]): Compared[] {
  return FIGURES.flatMap((figure) => {
    const { changes, slots, failing } = figure
    const of = cells.find(
      (cell) => cell.changes === changes && cell.slots === slots && cell.failing === failing,
    )?.of
    const mine = of?.['worktrain, with history']
    if (!mine) return []
    const first = of?.worktrain?.makespan ?? Number.NaN
    const { makespan, latency, runs, error } = mine
    const beyond = makespan - figure.makespan
    const verdict = beyond <= 0 ? 'at or below' : beyond <= figure.rounding + 2 * error ? 'noise' : 'above'
    return [
      { figure, first, makespan, latency, runs, error, above: beyond / figure.makespan, verdict } as const,
    ]
  })
}

/** In how many cells the hybrid, in the same worlds, is slower, not told apart, or faster by two standard errors. */
export function compareHybrid(cells: readonly Cell[]): { below: number; noise: number; above: Cell[] } {
  const told = cells.flatMap((cell) => (cell.difference ? [{ cell, ...cell.difference }] : []))
  const above = told.filter(({ mean, error }) => mean > 2 * error && mean > 1e-9).map(({ cell }) => cell)
  const below = told.filter(({ mean, error }) => -mean > 2 * error && -mean > 1e-9).length
  return { below, noise: told.length - below - above.length, above }
}

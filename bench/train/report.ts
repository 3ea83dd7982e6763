/** The simulated train as tables of 80 columns. */
import { table } from '../measure.ts'
import { compareFigures, compareHybrid } from './compare.ts'
import type { Cell, Foretold, Mean, SchedulerName } from './simulate.ts'

export interface Simulated {
  seeds: number
  /** All at once, by number of changes, slots and failure rate. */
  burst: Cell[]
  flaky: Cell[]
  pairs: Cell[]
  arrivals: Cell[]
  foretold: Foretold[]
  seconds: number
}

export function renderSimulated(result: Simulated): string {
  const all = [...result.burst, ...result.flaky, ...result.pairs, ...result.arrivals]
  const unsafe = all.flatMap(({ of }) => Object.values(of)).reduce((sum, mean) => sum + mean.unsafe, 0)
  return [
    `The train, simulated: ${result.seeds} seeds, one check = 1, lognormal with sigma 0.2`,
    burst(result.burst),
    against(result.burst),
    sameWorlds(result.burst),
    `Accidents: 32 changes, 4 slots, 10 % red, and some runs red by chance\nmakespan / latency / runs / innocent ejected\n${rows(
      result.flaky,
      ({ flaky }) => `${percent(flaky)} of runs`,
      (mean) => `${cell(mean)}/${mean.innocent.toFixed(2)}`,
    )}`,
    `Pairs that are red only together: 32 changes, 4 slots\nmakespan / latency / runs\n${rows(result.pairs, ({ pairs }) => `${percent(pairs)} of pairs`, cell)}`,
    `Steady arrivals: 200 changes, 4 slots, 10 % red\nmean latency\n${rows(
      result.arrivals,
      ({ arrivals }) => `${arrivals} per check`,
      ({ latency }) => latency.toFixed(1),
    )}`,
    estimates(result.foretold),
    `Unsafe landings in all of it: ${unsafe}. ${result.seconds.toFixed(0)} s.`,
  ].join('\n\n')
}

function burst(cells: readonly Cell[]): string {
  const rates = [...new Set(cells.map(({ failing }) => failing))]
  const blocks = Map.groupBy(
    cells,
    ({ changes, slots }) => `${changes} changes at once, ${slots} ${slots === 1 ? 'slot' : 'slots'}`,
  )
  const lines: string[][] = [['', ...rates.map((rate) => `${percent(rate)} red`)]]
  for (const [title, block] of blocks) {
    lines.push([title])
    for (const name of namesOf(block))
      lines.push([`  ${name}`, ...block.map(({ of }) => (of[name] ? cell(of[name]) : '-'))])
  }
  return `makespan / mean latency of what landed / check runs\n${table(lines)}`
}

function against(cells: readonly Cell[]): string {
  const compared = compareFigures(cells)
  const lines = compared.map(({ figure, first, makespan, latency, runs, error, above, verdict }) => [
    `${figure.changes} changes, ${figure.slots} slots, ${percent(figure.failing)} red`,
    [figure.makespan, figure.latency, figure.runs].filter((each) => each !== undefined).join('/'),
    `${makespan.toFixed(1)}/${latency.toFixed(1)}/${runs.toFixed(0)}`,
    `+-${error.toFixed(2)}`,
    first.toFixed(1),
    verdict === 'at or below'
      ? verdict
      : `+${(above * 100).toFixed(0)} %${verdict === 'noise' ? ', noise' : ''}`,
  ])
  const bad = compared.filter(({ verdict }) => verdict === 'above').length
  return `Against the figures of the hybrid policy: ${compared.length - bad} of ${compared.length} at or below, or not told apart\n(they were told the failure rate; Worktrain has learned it from 100 earlier changes, and "first" knows of none)\n${table([['', 'goal', 'worktrain', 'error', 'first', 'makespan'], ...lines])}`
}

function sameWorlds(cells: readonly Cell[]): string {
  const { below, noise, above } = compareHybrid(cells)
  const slower = above.map(({ changes, slots, failing, difference, of }) => {
    const part = (difference?.mean ?? 0) / (of['hybrid as described']?.makespan ?? 1)
    return `  ${changes} changes, ${slots} slots, ${percent(failing)} red: slower by ${(part * 100).toFixed(1)} %`
  })
  return [
    `Against the hybrid as described, in the same worlds (differences of two standard errors count):`,
    `  faster in ${below} cells, not told apart in ${noise}, slower in ${above.length}`,
    ...slower,
  ].join('\n')
}

function estimates(foretold: readonly Foretold[]): string {
  const lines = foretold.map(({ from, to, late, off }) => [
    to === Number.POSITIVE_INFINITY ? `${from} checks and more ahead` : `${from} to ${to} checks ahead`,
    late.toFixed(1),
    off.toFixed(1),
  ])
  return `Estimates: 32 changes, 4 slots, 10 % red\n${table([['', 'later than said', 'off by'], ...lines])}`
}

function rows(cells: readonly Cell[], title: (cell: Cell) => string, value: (mean: Mean) => string): string {
  const lines = namesOf(cells).map((name) => [
    name,
    ...cells.map(({ of }) => (of[name] ? value(of[name]) : '-')),
  ])
  return table([['', ...cells.map(title)], ...lines])
}

function namesOf(cells: readonly Cell[]): SchedulerName[] {
  return Object.keys(cells[0]?.of ?? {}) as SchedulerName[]
}

function cell({ makespan, latency, runs }: Mean): string {
  return `${makespan.toFixed(1)}/${latency.toFixed(1)}/${runs.toFixed(0)}`
}

function percent(part = 0): string {
  return `${Number((part * 100).toFixed(1))} %`
}

/** What every measurement needs: a program timed, numbers summed up, a table of 80 columns. */
import { cpus, loadavg, totalmem } from 'node:os'
import { run } from '../src/platform/run.ts'

/** How one measurement is asked for; what is left out is the measurement's own default. */
export interface Wanted {
  /** How many sessions, one measurement each. */
  sessions?: number[]
  /** Files in the generated repository. */
  files?: number
  /** Rounds; every round measures everything once, so that all see the same machine. */
  repeat?: number
  /** A first impression instead of a measurement. */
  quick?: boolean
  /** Told what is being measured now. */
  say?: (line: string) => void
}

export interface Summary {
  median: number
  min: number
  max: number
}

/** @returns null for no values */
export function summary(values: readonly number[]): Summary | null {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  if (sorted.length === 0) return null
  const middle = (at(Math.floor((sorted.length - 1) / 2)) + at(Math.floor(sorted.length / 2))) / 2
  return { median: middle, min: at(0), max: at(sorted.length - 1) }
}

/**
 * Runs a program to its end.
 * @returns wall time in ms, its start-up included
 * @throws Error with its last words when it fails: a time of a failure is no measurement
 */
export async function timed(
  program: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<number> {
  const started = performance.now()
  const { code, stderr } = await run(program, args, options)
  const ms = performance.now() - started
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} exited ${code}: ${stderr.trim()}`)
  return ms
}

/** The machine, in a line: numbers without it say nothing. */
export function machine(): string {
  const [first] = cpus()
  const load = loadavg().map((each) => each.toFixed(1))
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} x ${first?.model.trim() ?? 'unknown processor'}, ${memory} GiB, Node ${process.versions.node}, load ${load.join(' ')}`
}

/** Columns: the first to the left, the others to the right; a row of one cell is a heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    if (row.length > 1) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)))
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart((widths[i] ?? 0) + 2)))
        .join('')
        .trimEnd(),
    )
    .join('\n')
}

export function milliseconds(value: number | undefined): string {
  return value === undefined ? '-' : `${Math.round(value)} ms`
}

export function times(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(2)
}

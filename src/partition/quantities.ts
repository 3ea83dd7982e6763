/** Durations and sizes as a person writes them in a configuration: "90s", "20m", "512m", "4g". */

const DURATIONS = { s: 1000, m: 60_000, h: 3_600_000 } as const
const SIZES = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const

/** A timer of Node's ends at once when it is set for longer than 24.8 days; nobody waits a week for a check. */
const LONGEST_MS = 7 * 24 * 3_600_000
/** A petabyte: beyond it is a mistake, and arithmetic stays exact. */
const LARGEST = 1024 ** 5

export const DURATION = { pattern: /^[1-9]\d*[smh]$/, example: '"90s", "20m" or "2h", at most a week' }
export const SIZE = { pattern: /^[1-9]\d*[kmg]$/, example: '"512m" or "4g"' }

/** @returns milliseconds; null when it is not a duration, or longer than a week */
export function durationMs(text: string): number | null {
  return read(text, DURATION.pattern, DURATIONS, LONGEST_MS)
}

/** @returns bytes, in units of 1024; null when it is not a size */
export function sizeBytes(text: string): number | null {
  return read(text, SIZE.pattern, SIZES, LARGEST)
}

/** The shortest text that {@link durationMs} reads as this number of ms, which is one it gave. */
export function durationText(ms: number): string {
  return write(ms, DURATIONS)
}

/** The shortest text that {@link sizeBytes} reads as this number of bytes, which is one it gave. */
export function sizeText(bytes: number): string {
  return write(bytes, SIZES)
}

function read(text: string, pattern: RegExp, units: Record<string, number>, most: number): number | null {
  if (!pattern.test(text)) return null
  const value = Number(text.slice(0, -1)) * (units[text.slice(-1)] ?? Number.NaN)
  return value <= most ? value : null
}

function write(value: number, units: Record<string, number>): string {
  const fitting = Object.entries(units).findLast(([, size]) => value % size === 0)
  const [unit, size] = fitting ?? ['', 1]
  return `${value / size}${unit}`
}

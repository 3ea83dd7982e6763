/** Lines of the train's page: wrapped or cut, never wider than the terminal. Pure. */
import type { Look } from '../look.ts'
import { lines, truncate, wrap } from '../text.ts'

/** How much a page says: less of it where there are few rows. */
export interface Detail {
  /** Landings that are shown. */
  landings: number
  /** Changes of the queue that are shown. */
  queue: number
  /** Checks that are not running, too. */
  checks: boolean
  /** Whole reasons below a change, and what else is good to know. */
  reasons: boolean
  /** Lines of output of what failed. */
  output: number
  /** Lines of output of what runs; a live page has a place of its own for it. */
  running: number
  ejected: number
  flaky: number
}

export const EVERYTHING: Detail = {
  landings: 10,
  queue: Infinity,
  checks: true,
  reasons: true,
  output: 8,
  running: 3,
  ejected: 10,
  flaky: 5,
}

/** Text as lines below each other, each indented. */
export function block(text: string, indent: number, look: Look): string[] {
  return wrap(text, look.width - indent).map((line) => truncate(`${' '.repeat(indent)}${line}`, look.width))
}

/** The first line after `first`, the others below where it ends. */
export function hanging(first: string, text: string, indent: number, look: Look): string[] {
  const [start = '', ...more] = wrap(text, look.width - indent)
  return [
    truncate(`${first}${start}`, look.width),
    ...more.map((line) => truncate(`${' '.repeat(indent)}${line}`, look.width)),
  ]
}

/** The last `most` lines of what a check printed. */
export function output(tail: string, most: number, indent: number, look: Look): string[] {
  const text = lines(tail).trimEnd()
  if (text === '' || most === 0) return []
  return text
    .split('\n')
    .slice(-most)
    .map((line) =>
      look.paint('dim', truncate(`${' '.repeat(indent)}| ${line.replaceAll('\t', '  ')}`, look.width)),
    )
}

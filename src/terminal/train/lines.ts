/** Lines of the train's page: wrapped or cut, never wider than the terminal. Pure. */
import type { Look } from '../look.ts'
import { truncate, wrap } from '../text.ts'

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
  ejected: number
  flaky: number
}

export const EVERYTHING: Detail = {
  landings: 10,
  queue: Infinity,
  checks: true,
  reasons: true,
  output: 8,
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

/** How the train says times, places and tests. Pure. */
import type { CheckView } from '../../protocol/api.ts'
import type { Proof, TestReport } from '../../protocol/train.ts'
import { count, oneLine, pad, truncate } from '../text.ts'

/** Columns a name may take in a row; longer ones end in `…`. */
export const NAME_WIDTH = 28

/** Milliseconds of work: `3.2s`, `41s`, `3m 5s`, `2h 10m`. */
export function took(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60}m` : `${Math.floor(whole / 60)}m ${whole % 60}s`
  const minutes = Math.floor((whole % 3600) / 60)
  return `${Math.floor(whole / 3600)}h${minutes === 0 ? '' : ` ${minutes}m`}`
}

/** An estimate, which is no better than its first digit: `4s`, `about 40s`, `about 3m`, `about 2h`. */
export function about(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${Math.ceil(seconds)}s`
  if (seconds < 55) return `about ${Math.round(seconds / 10) * 10}s`
  if (seconds < 5400) return `about ${Math.round(seconds / 60)}m`
  return `about ${Math.round(seconds / 3600)}h`
}

/** Names of several changes as they are read out: `api`, `api and web`, `api, web and 3 more`. */
export function named(names: readonly string[], most = 4): string {
  const shown = names.map(oneLine)
  if (shown.length > most) return `${shown.slice(0, most).join(', ')} and ${shown.length - most} more`
  const last = shown.at(-1) ?? ''
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`
}

export function name(text: string, columns = NAME_WIDTH): string {
  return pad(truncate(oneLine(text), columns), columns)
}

/** `2 of 40 tests failed`, `40 tests passed`; null when nothing was parsed. */
export function tests(report: TestReport | null | undefined): string | null {
  if (!report) return null
  const { passed, failed, skipped } = report
  const left = skipped === 0 ? '' : `, ${skipped} skipped`
  if (failed > 0) return `${failed} of ${count(passed + failed, 'test')} failed${left}`
  return `${count(passed, 'test')} passed${left}`
}

/** What a check of a build says of itself, after its command. */
export function checkState(check: CheckView): string {
  const { state, ms, usually, exit } = check
  const note = check.note === '' ? '' : `: ${oneLine(check.note)}`
  const parsed = tests(check.tests)
  const said = parsed === null ? note : `: ${parsed}${check.note === '' ? '' : `; ${oneLine(check.note)}`}`
  switch (state) {
    case 'waiting':
      return `waiting${usually === null ? '' : `, usually ${took(usually)}`}`
    case 'running':
      return `running ${took(ms)}${usually === null ? '' : ` of usually ${took(usually)}`}${said}`
    case 'passed':
      return `passed in ${took(ms)}${said}`
    case 'proven':
      return `proven before on the same tree${note}`
    case 'skipped':
      return `skipped${note}`
    case 'failed':
      return `failed${exit === null ? '' : ` with exit ${exit}`} after ${took(ms)}${said}`
  }
}

/** One check of a landing: `npm test passed in 41s`. */
export function proof({ command, ms, build, tests: parsed }: Proof, landed: string): string {
  const said = tests(parsed)
  const when = build === landed ? `passed in ${took(ms)}` : 'proven before on the same tree'
  return `${oneLine(command)} ${when}${said === null ? '' : ` (${said})`}`
}

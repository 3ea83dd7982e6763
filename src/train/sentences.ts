/** What the train says of results and commits, in the person's words. Pure. */
import type { CheckResult } from '../protocol/index.ts'

/** One sentence about a result that is not green. */
export function describe(result: CheckResult): string {
  const check = `The check \`${result.command}\``
  if (result.timedOut) return `${check} did not end within its time.`
  if (result.limit) return `${check} was ended: ${result.limit}`
  if (result.dirtied?.length)
    return `${check} changed tracked files (${named(result.dirtied)}), so that its verdict does not count.`
  const failures = result.tests?.failures ?? []
  const tests = failures.length > 0 ? `: ${named(failures.map((one) => one.name))}` : ''
  return `${check} failed (${result.exit === null ? 'ended by a signal' : `exit ${result.exit}`})${tests}.`
}

/** The first five, and how many more there are. */
export function named(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `${names.slice(0, 5).join(', ')}${more}`
}

export function short(oid: string | null): string {
  return oid?.slice(0, 10) ?? 'nothing'
}

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

/** Git's message about a file of which it has nothing more to say. */
const PLAIN = /^CONFLICT \([a-z/]+\): Merge conflict in (.*)$/

/**
 * What conflicts and how: of a file of which git says more, its message; of the others, their names.
 * @param messages git's, one a line
 */
export function conflicting(target: string, files: readonly string[], messages: string): string {
  const said = messages.split('\n').filter((line) => line.trim() !== '' && !PLAIN.test(line))
  const rest = files.filter((file) => !said.some((line) => mentions(line, file)))
  const where = rest.length > 0 ? ` in ${named(rest)}` : ''
  return [`It conflicts with ${target}${where}.`, ...said].join('\n')
}

/** As a whole, and not as a part of another name. */
function mentions(line: string, file: string): boolean {
  for (let at = line.indexOf(file); at >= 0; at = line.indexOf(file, at + 1)) {
    const before = line[at - 1] ?? ' '
    const after = line.slice(at + file.length, at + file.length + 2)
    if (/[\s'"(]/.test(before) && /^($|[\s'"),:]|\.(\s|$))/.test(after)) return true
  }
  return false
}

/** The first five, and how many more there are. */
export function named(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `${names.slice(0, 5).join(', ')}${more}`
}

export function short(oid: string | null): string {
  return oid?.slice(0, 10) ?? 'nothing'
}

/** Reads and passes on what git says when it refuses. Pure: git's own words, LC_ALL=C. */
import type { Blocked } from '../../protocol/index.ts'
import { plainText } from '../checks/output.ts'

const WHAT: readonly (readonly [RegExp, string])[] = [
  [/^error: Your local changes to the following files would be overwritten/, 'changed'],
  [
    /^error: The following untracked working tree files would be (?:overwritten|removed)/,
    'untracked or ignored',
  ],
  [/^error: Updating the following directories would lose untracked files/, 'untracked'],
]
const ONE =
  /^error: (?:Entry '(.+)' (?:not uptodate|would be overwritten)|Untracked working tree file '(.+)' would be|Updating '(.+)' would lose)/
const LOCKED = /Unable to create '(.+\.lock)': File exists/
const UNFINISHED = /You have not concluded|unmerged files|unresolved conflict/i

/** @returns null when git did not refuse to protect something: then what it says is a failure */
export function readRefusal(stderr: string, checkout: string): Blocked | null {
  const lock = LOCKED.exec(stderr)?.[1]
  if (lock !== undefined)
    return { reason: 'index-lock', paths: [lock], detail: `Another git process holds ${lock}.` }
  if (UNFINISHED.test(stderr))
    return {
      reason: 'mid-operation',
      paths: [checkout],
      detail: `In ${checkout} a merge is not finished. Conclude it, or undo it with \`git merge --abort\`.`,
    }
  const paths: string[] = []
  const kinds = new Set<string>()
  let kind: string | null = null
  for (const line of stderr.split('\n')) {
    const one = ONE.exec(line)
    if (one) {
      paths.push(one[1] ?? one[2] ?? one[3] ?? '')
      kinds.add(one[1] === undefined ? 'untracked' : 'changed')
    } else if (line.startsWith('\t') && kind !== null) {
      paths.push(unquote(line.slice(1)))
      kinds.add(kind)
    } else kind = WHAT.find(([start]) => start.test(line))?.[1] ?? null
  }
  if (paths.length === 0) return null
  return overwriting(checkout, kinds, paths)
}

/** @param kinds what the files are, such as `changed` */
export function overwriting(checkout: string, kinds: ReadonlySet<string>, paths: string[]): Blocked {
  const shown = `${paths.slice(0, 5).join(', ')}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}`
  const detail = `In ${checkout} the landing would overwrite ${[...kinds].join(' and ')} files of yours: ${plainText(shown)}. Commit, stash or move them; then it lands by itself.`
  return { reason: 'checkout', paths, detail }
}

/** Git's words, to be shown: without anything that does something to a terminal, and without a password. */
export function gitWords(said: string): string {
  return plainText(said)
    .replace(/:\/\/[^/@\s]+@/g, '://…@')
    .trim()
    .slice(0, 2000)
}

function unquote(path: string): string {
  return path.startsWith('"') && path.endsWith('"') ? path.slice(1, -1).replace(/\\(["\\])/g, '$1') : path
}

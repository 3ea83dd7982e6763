/**
 * What the kernel's wall refused, read out of what a program printed.
 *
 * The kernel tells only the program, and the program tells in its own words: here are those of shells,
 * coreutils, git, node, python, perl and whatever else prints the system's message beside the path.
 * Pure but for the look at the disk that is passed in. What a session prints is not to be believed: a
 * forged line makes one more entry in its own story and nothing else.
 */
import { absolutePath, isBelow, type RealpathOfNew } from './guard-paths.ts'
import { isWritable, type GuardPolicy } from './guard.ts'
import { refuseByKernel } from './guard-refusals.ts'

/** What the system calls each way of refusing; ENOENT is how a hidden path looks. */
const MESSAGES = [
  ['EROFS', /read-only file system|\bEROFS\b|\bErrno 30\b/i],
  ['EXDEV', /(invalid )?cross-device link|\bEXDEV\b/i],
  ['EACCES', /permission denied|\bEACCES\b|insufficient permission for adding an object/i],
  ['EPERM', /operation not permitted|\bEPERM\b/i],
  ['ENOENT', /no such file or directory|\bENOENT\b/i],
] as const
type Refused = (typeof MESSAGES)[number][0]

/** Longer lines are data, not messages, characters. */
const LINE_MAX = 2000
/** Lines of one output that are looked at. */
const LINES_MAX = 200

export interface DeniedLook {
  realpathOfNew: RealpathOfNew
  /**
   * Could this very user read or write it outside the cell? Then only the wall can have refused; else the
   * file's own permissions did, which is nobody's news.
   */
  couldOutside: (path: string) => boolean
}

export interface Denied {
  /** Real path. */
  path: string
  /** For the agent, and for the person's record. */
  why: string
  instead: string
}

/**
 * @param text what a tool or a terminal printed
 * @param directories where relative paths may count from: the working directory, and what the command says
 *   it changes to
 * @returns each path once, in the order of the text; none without a kernel's wall
 */
export function deniedPaths(
  policy: GuardPolicy,
  text: string,
  directories: readonly string[],
  look: DeniedLook,
): Denied[] {
  if (policy.kernel === null) return []
  const found = new Map<string, Denied>()
  let looked = 0
  for (const line of text.split('\n')) {
    if (line.length > LINE_MAX) continue
    const message = MESSAGES.find(([, pattern]) => pattern.test(line))
    if (!message) continue
    if (++looked > LINES_MAX) break
    const [refused, pattern] = message
    for (const candidate of pathsIn(line, pattern)) {
      const path = walled(policy, candidate, directories, refused, look)
      if (path !== null && !found.has(path))
        found.set(path, { path, ...refuseByKernel(policy, path, refused) })
    }
  }
  return [...found.values()]
}

const ANY = new RegExp(MESSAGES.map(([, pattern]) => pattern.source).join('|'), 'i')

/** Could this text tell of a refusal at all? One pass: for every byte that a terminal shows. */
export function mayTellDenial(text: string): boolean {
  return ANY.test(text)
}

/**
 * The real path, when it is the wall that refused it.
 *
 * A read-only file system where the session may not write is the wall's doing. The other messages have
 * ordinary causes too: they count where something is hidden, or where the wall speaks so and the user could
 * do it outside.
 */
function walled(
  policy: GuardPolicy,
  candidate: string,
  directories: readonly string[],
  refused: Refused,
  look: DeniedLook,
): string | null {
  for (const directory of directories) {
    const absolute = absolutePath(candidate, directory, policy.home)
    if (absolute === null) continue
    let path: string
    try {
      path = look.realpathOfNew(absolute)
    } catch {
      continue
    }
    if (isWritable(policy, path)) continue
    if (isRefusal(policy, path, refused, look)) return path
  }
  return null
}

function isRefusal(policy: GuardPolicy, path: string, refused: Refused, look: DeniedLook): boolean {
  const { hidden, says } = policy.kernel ?? { hidden: [], says: [] }
  if (hidden.some((root) => isBelow(root, path))) return true
  if (refused === 'ENOENT') return false
  if (!says.includes(refused)) return false
  return refused === 'EROFS' || refused === 'EXDEV' || look.couldOutside(path)
}

/** What stands right before a system's message, and in prose does not. */
const BEFORE_MESSAGE = /(^|[:\])('"=]\s*)$/

/** Paths that a message speaks of: what it quotes, else what stands right before or after its words. */
function pathsIn(line: string, message: RegExp): string[] {
  const [found] = [...line.matchAll(new RegExp(message.source, 'gi'))].filter(({ index }) =>
    BEFORE_MESSAGE.test(line.slice(0, index)),
  )
  if (found === undefined) return []
  const quoted = [...line.matchAll(/'([^']+)'|"([^"]+)"|‘([^’]+)’|`([^`']+)[`']/g)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? match[4] ?? '')
    .filter((text) => !message.test(text))
  // Names of refs and options are quoted as well.
  const rooted = quoted.filter((text) => /^[/~]/.test(text))
  if (quoted.length > 0) return rooted.length > 0 ? rooted : quoted
  const before = line.slice(0, found.index).replace(/[\s:([-]+$/, '')
  const segment = before.slice(before.lastIndexOf(': ') + 1).trim()
  const last =
    /(?:^|\s)((?:\/|~\/|\.{1,2}\/).*)$/.exec(segment)?.[1] ?? / (\S+)$/.exec(segment)?.[1] ?? segment
  const after = /^[:,]\s*((?:\/|~\/|\.{1,2}\/)\S*)/.exec(line.slice(found.index + found[0].length))?.[1]
  return [after, last].flatMap((path) =>
    path === undefined || path === '' ? [] : [path.replace(/[.,;:)]+$/, '')],
  )
}

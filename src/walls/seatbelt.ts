/** The cell as a profile of macOS's sandbox-exec. Pure. Not run on a Mac yet: docs/decisions/0018. */
import { isWithin } from '../platform/files.ts'
import { type CellFacts, planMounts } from './mounts.ts'
import { KEPT_SOCKETS, UNSET_VARIABLES } from './tables.ts'

/**
 * What paths cannot say. The last rule that fits decides. An application or a job that is started through
 * another process (Launch Services, Apple events, launchd) would run outside.
 */
const BASE = `(version 1)
(allow default)
(deny file-write*)
(deny signal)
(allow signal (target same-sandbox))
(deny process-info*)
(allow process-info* (target same-sandbox))
(deny appleevent-send)
(deny lsopen)
(deny job-creation)
(deny network-outbound (remote unix-socket))
(deny file-read-data (regex #"^/dev/ttys[0-9]+$"))
(allow file-write* (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") (literal "/dev/dtracehelper"))
`

/**
 * The same paths as {@link planMounts} has them, parents first. A path never stands in the profile itself
 * but is handed over as a parameter, so that no name can be taken for a rule.
 */
export function seatbeltProfile(facts: CellFacts): { profile: string; parameters: string[] } {
  const paths: string[] = []
  const parameter = (path: string): string => {
    if (!paths.includes(path)) paths.push(path)
    return `(param "P${paths.indexOf(path)}")`
  }
  const mounts = planMounts(facts)
  const rules = mounts.map((mount) => {
    const where = `(subpath ${parameter(mount.path)})`
    const socket = `(remote unix-socket ${where})`
    if (mount.kind === 'writable')
      return `(allow file-read* file-write* ${where})\n(allow network-outbound ${socket})`
    if (mount.kind === 'read-only') return `(deny file-write* ${where})\n(allow file-read* ${where})`
    return `(deny file-read* file-write* ${where})\n(deny network-outbound ${socket})`
  })
  const sockets = KEPT_SOCKETS.map(
    (path) => `(allow network-outbound (remote unix-socket (path-literal ${parameter(path)})))`,
  )
  const door =
    facts.door === undefined
      ? []
      : [`(allow network-outbound (remote unix-socket (subpath ${parameter(facts.door)})))`]
  // A rule names a path: who renames a directory above it takes the file out of the rule.
  const writable = mounts.filter(({ kind }) => kind === 'writable').map(({ path }) => path)
  const pins = writable.map((path) => `(deny file-write-unlink (literal ${parameter(path)}))`)
  // Who resolves a path looks at each directory on the way to it.
  const closed = mounts.filter(({ kind }) => kind === 'empty').map(({ path }) => path)
  const shown = mounts.filter(({ kind }) => kind === 'writable' || kind === 'read-only')
  const ways = shown.flatMap(({ path }) =>
    above(path).filter((up) => closed.some((each) => isWithin(each, up))),
  )
  const passable = [...new Set(ways)].map((path) => `(allow file-read-metadata (literal ${parameter(path)}))`)
  return {
    profile: `${[BASE.trimEnd(), ...sockets, ...rules, ...door, ...passable, ...pins].join('\n')}\n`,
    parameters: paths.flatMap((path, i) => ['-D', `P${i}=${path}`]),
  }
}

function above(path: string): string[] {
  const names = path.split('/').slice(1, -1)
  return names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`)
}

/** @param cwd directory in which `argv` starts */
export function seatbeltArgv(
  facts: CellFacts,
  tools: { program: string },
  cwd: string,
  argv: readonly string[],
): string[] {
  const { profile, parameters } = seatbeltProfile(facts)
  const start = `unset ${UNSET_VARIABLES.join(' ')}; cd "$0" && exec "$@"`
  return [tools.program, ...parameters, '-p', profile, '/bin/sh', '-c', start, cwd, ...argv]
}

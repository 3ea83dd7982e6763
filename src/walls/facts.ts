/** Looks at the disk for the facts that a cell is built from. */
import { mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isWithin } from '../platform/files.ts'
import { WorktrainError } from '../protocol/index.ts'
import type { CellSpec } from './cell.ts'
import type { CellFacts, Resolved } from './mounts.ts'
import { HIDDEN_CREDENTIALS, KEPT_RUN, KEPT_SOCKETS } from './tables.ts'

/** Directories of everyone's sockets and temporary files; on macOS where their links lead. */
const VOLATILE =
  process.platform === 'darwin' ? ['/private/tmp', '/private/var/tmp'] : ['/run', '/tmp', '/var/tmp']

/**
 * @param programs absolute paths of programs that the cell must be able to start
 * @throws UNAVAILABLE when a path that must exist does not, or the session has put a link in its place
 */
export function collectFacts(spec: CellSpec, programs: readonly string[]): CellFacts {
  mkdirSync(spec.tempDir, { recursive: true, mode: 0o700 })
  const workspace = required(spec.workspace, 'workspace').path
  const tempDir = required(spec.tempDir, 'temporary directory').path
  const allowed = (paths: string[], what: string) =>
    paths.map((path) => {
      const found = required(path, what)
      // What the session can change may be a link by now, to anywhere: it must not widen its own cell.
      const shared = spec.writable.filter((each) => each !== path)
      const planted =
        found.path !== path && [workspace, tempDir, ...shared].some((root) => isWithin(root, path))
      if (!planted) return found
      throw new WorktrainError(
        'UNAVAILABLE',
        `The cell of ${spec.session} cannot be built: ${path} has become a link to ${found.path}.`,
        {
          hint: 'A session put it there. Remove it, then try again.',
        },
      )
    })
  const home = resolved(spec.home)?.path ?? '/'
  const writable = allowed(spec.writable, 'writable path')
  const hidden = [...present(spec.hidden), ...present(HIDDEN_CREDENTIALS.map(({ path }) => join(home, path)))]
  const door = spec.door === undefined ? [] : allowed([spec.door], 'door')
  const readable = [...present(KEPT_RUN), ...allowed(spec.readable, 'readable path'), ...door]
  const own = [workspace, tempDir, ...writable.map(({ path }) => path)]
  const elsewhere = [...VOLATILE, ...hidden.map(({ path }) => path)]
  const covered = (path: string) =>
    elsewhere.some((each) => isWithin(each, path)) && !own.some((each) => isWithin(each, path))
  // The most specific path decides.
  const depth = (places: string[], path: string) =>
    Math.max(0, ...places.filter((each) => isWithin(each, path)).map((each) => each.length))
  const seen = [home, ...readable.map(({ path }) => path)]
  const shown = (path: string) => depth(seen, path) >= depth(elsewhere, path)
  return {
    workspace,
    tempDir,
    home,
    writable,
    readable,
    protect: allowed(spec.protect, 'protected path'),
    contested: present(spec.contested ?? []).map(({ path }) => path),
    hidden,
    ...(door[0] && { door: door[0].path }),
    sockets: openSockets(
      (path) =>
        shown(path) && ![...own, ...door.map((each) => each.path)].some((each) => isWithin(each, path)),
    ),
    programs: programs.flatMap((program) => programFacts(program, covered)),
    // A link (`/var/tmp` → `/tmp`) is not a place of its own.
    volatile: VOLATILE.filter((path) => resolved(path)?.path === path),
    root: process.getuid?.() === 0,
  }
}

/** A program is visible anyway, unless the cell has something else where it lies. */
function programFacts(program: string, covered: (path: string) => boolean): CellFacts['programs'] {
  const real = resolved(program)
  const directory = resolved(dirname(program))
  if (!real || !directory) return []
  const places = new Set([real.path, join(directory.path, basename(program))])
  return [...places].filter(covered).map((path) => ({ source: real.path, path }))
}

/**
 * Sockets in the file system that somebody holds open now (Linux). A read-only mount does not keep a
 * session from connecting to them (facts/isolation 2.1). Only those that are left are looked at: a desktop
 * has hundreds.
 */
function openSockets(reachable: (path: string) => boolean): string[] {
  if (process.platform !== 'linux') return []
  const paths = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((line) => /^\S+: (?:\S+ ){5}\s*\d+ (\/.*)$/.exec(line)?.[1])
    .filter((path) => path !== undefined)
  return [...new Set(paths)].filter((path) => {
    const found = reachable(path) && !KEPT_SOCKETS.includes(path) ? resolved(path) : null
    return found !== null && found.path === path && !found.directory
  })
}

function present(paths: readonly string[]): Resolved[] {
  return paths.map(resolved).filter((found) => found !== null)
}

function required(path: string, what: string): Resolved {
  const found = resolved(path)
  if (found) return found
  throw new WorktrainError('UNAVAILABLE', `The cell cannot be built: the ${what} ${path} does not exist.`)
}

function resolved(path: string): Resolved | null {
  try {
    const real = realpathSync.native(path)
    return { path: real, directory: statSync(real).isDirectory() }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    // EACCES: what this user cannot reach, the cell cannot reach either.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'ELOOP') return null
    throw error
  }
}

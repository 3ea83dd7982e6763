/** Which part of the file system a cell sees how: pure, from facts collected on disk. */
import { isWithin } from '../platform/files.ts'

/** A path after links were followed, on disk now. */
export interface Resolved {
  path: string
  directory: boolean
}

/** What the machine says about the paths of a {@link CellSpec}. */
export interface CellFacts {
  workspace: string
  tempDir: string
  home: string
  writable: Resolved[]
  readable: Resolved[]
  protect: Resolved[]
  contested: string[]
  /** Of the spec and of the table of credentials. */
  hidden: Resolved[]
  /** Programs that must be visible at a path which may be a link: where they really are, and the path. */
  programs: { source: string; path: string }[]
  /** Directory in which the session may connect to sockets. */
  door?: string
  /** Sockets of other programs that nothing else covers. */
  sockets: string[]
  /** Everyone's temporary directories (`/run`, `/tmp`, `/var/tmp`): those that exist. */
  volatile: string[]
  /** Does the cell belong to uid 0? */
  root: boolean
}

export type Mount =
  | { kind: 'read-only'; source: string; path: string }
  | { kind: 'writable'; source: string; path: string }
  /** Empty directory; `sealed`: nothing can be made in it. */
  | { kind: 'empty'; path: string; sealed: boolean }
  /** A file that cannot be opened. */
  | { kind: 'blank'; path: string }

/**
 * The mounts of a cell over a read-only root, in the order in which they must be made: parents before
 * what lies in them, so that the most specific path decides whatever the order in the spec. At the same
 * path: hidden < readable < writable < protected.
 */
export function planMounts(facts: CellFacts): Mount[] {
  const mounts = new Map<string, Mount>()
  const add = (mount: Mount) => mounts.set(mount.path, mount)
  for (const path of facts.sockets) add({ kind: 'blank', path })
  for (const path of facts.volatile) {
    if (path === '/tmp') add({ kind: 'writable', source: facts.tempDir, path })
    else add({ kind: 'empty', path, sealed: false })
  }
  // A home below a hidden directory (a test's, a build machine's) is still the home.
  if (facts.home !== '/') add({ kind: 'read-only', source: facts.home, path: facts.home })
  for (const { path, directory } of facts.hidden) {
    if (path !== '/') add(directory ? { kind: 'empty', path, sealed: true } : { kind: 'blank', path })
  }
  for (const { source, path } of facts.programs) add({ kind: 'read-only', source, path })
  for (const { path } of facts.readable) add({ kind: 'read-only', source: path, path })
  const writable = [...facts.writable.map(({ path }) => path), facts.tempDir, facts.workspace]
  for (const path of writable) add({ kind: 'writable', source: path, path })
  for (const { path } of facts.protect) add({ kind: 'read-only', source: path, path })
  for (const path of pins([...mounts.keys()], writable)) {
    if (!mounts.has(path)) add({ kind: 'writable', source: path, path })
  }
  return [...mounts.values()].sort((a, b) => depth(a.path) - depth(b.path))
}

/**
 * Directories between a writable one and a mount below it, to be mounted on themselves: only a mount
 * point cannot be renamed. Without, `mv .git/refs aside` leaves a protected path behind and a new
 * one in its place (facts/isolation 1.1).
 */
function pins(paths: string[], writable: string[]): Set<string> {
  const found = new Set<string>()
  for (const path of paths) {
    const outer = writable.find((each) => each !== path && isWithin(each, path))
    if (outer === undefined) continue
    for (let up = parent(path); up !== outer && isWithin(outer, up); up = parent(up)) found.add(up)
  }
  return found
}

const parent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'
const depth = (path: string): number => (path === '/' ? 0 : path.split('/').length - 1)

/**
 * Deleting for good: only the directory that its recorded identity names, never through a link, never into
 * a mount. Synchronous: it runs in a process of its own (`supervisor/erase-main.ts`), so that a huge tree
 * holds up nobody.
 *
 * On Linux every step goes through the descriptor of the directory it is in (`/proc/self/fd`, as unlinkat
 * would): whoever swaps a directory for a link on the way leads nowhere. Elsewhere paths must do.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs'

/** What is to be deleted, and how it is known. */
export interface Erasure {
  directory: string
  dev: number
  ino: number
  /** A file in it, as path segments, with its content: deleted last, so that a killed erasure can go on. */
  proof: { at: string[]; content: string } | null
}

export interface Erased {
  gone: boolean
  /** What is still there, and why. */
  kept: { path: string; why: string }[]
}

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
/** Linux: a descriptor that names a directory without the right to read it. */
const O_PATH = 0o10000000
const byDescriptor = process.platform === 'linux' && existsSync('/proc/self/fd')
/** More is told by nobody. */
const KEPT = 20

interface Place {
  fd: number
  path: Buffer
  /** Of the mount, or of the device where mounts cannot be told. */
  mount: string
}

/** Idempotent; repeated after a kill at any moment it goes on. */
export function erase({ directory, dev, ino, proof }: Erasure): Erased {
  const kept: Erased['kept'] = []
  if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return { gone: true, kept }
  const refuse = (why: string): Erased => ({ gone: false, kept: [{ path: directory, why }] })
  let top: Place
  try {
    top = enter(Buffer.from(directory), Buffer.from(directory), null)
  } catch (error) {
    return refuse((error as Error).message)
  }
  try {
    const stat = fstatSync(top.fd)
    if (stat.dev !== dev || stat.ino !== ino) return refuse('it is another directory than the one recorded')
    if (proof !== null && !proves(top, proof) && !isRest(top, proof.at))
      return refuse('it does not hold the token of the one recorded')
    empty(top, proof?.at ?? [], kept)
  } finally {
    closeSync(top.fd)
  }
  try {
    rmdirSync(directory)
  } catch (error) {
    if (kept.length === 0) kept.push({ path: directory, why: (error as Error).message })
  }
  return { gone: kept.length === 0, kept }
}

function proves(top: Place, proof: { at: string[]; content: string }): boolean {
  const path = below(top, Buffer.from(proof.at.join('/')))
  try {
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW)
    try {
      return fstatSync(fd).isFile() && readFileSync(fd, 'utf8') === proof.content
    } finally {
      closeSync(fd)
    }
  } catch {
    return false
  }
}

/** What a kill between the proof and the directory leaves: nothing but the empty directories around the proof. */
function isRest(top: Place, [first, ...more]: string[]): boolean {
  const names = readdirSync(self(top))
  if (names.length === 0) return true
  if (first === undefined || names.length > 1 || names[0] !== first || more.length === 0) return false
  try {
    return readdirSync(below(top, Buffer.from(first))).length === 0
  } catch {
    return false
  }
}

function enter(at: Buffer, shown: Buffer, mount: string | null): Place {
  let fd: number
  try {
    fd = openSync(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    fd = unlock(at, mount)
  }
  try {
    const there = mountOf(fd)
    if (mount !== null && there !== mount) throw new Error('something is mounted there')
    // Tools leave read-only directories behind (Go's module cache): nothing in them could be unlinked.
    const mode = fstatSync(fd).mode
    if ((mode & 0o700) !== 0o700) fchmodSync(fd, 0o700)
    return { fd, path: shown, mount: there }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Opens a directory that its owner may not read, without ever following a link. */
function unlock(at: Buffer, mount: string | null): number {
  if (!byDescriptor) {
    chmodSync(at, 0o700)
    return openSync(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }
  const handle = openSync(at, O_PATH | O_DIRECTORY | O_NOFOLLOW)
  try {
    if (mount !== null && mountOf(handle) !== mount) throw new Error('something is mounted there')
    chmodSync(`/proc/self/fd/${handle}`, 0o700)
    return openSync(`/proc/self/fd/${handle}`, O_RDONLY | O_DIRECTORY)
  } finally {
    closeSync(handle)
  }
}

/** A bind mount has the device of what it shows; only the mount's id tells it. */
function mountOf(fd: number): string {
  if (!byDescriptor) return String(fstatSync(fd).dev)
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? 'unknown'
}

const self = ({ fd, path }: Place): Buffer => (byDescriptor ? Buffer.from(`/proc/self/fd/${fd}/.`) : path)

function below({ fd, path }: Place, name: Buffer): Buffer {
  return Buffer.concat([byDescriptor ? Buffer.from(`/proc/self/fd/${fd}`) : path, Buffer.from('/'), name])
}

/** Names as bytes: they need not be UTF-8. @param last what is deleted last, if nothing else was kept */
function empty(place: Place, [last, ...more]: string[], kept: Erased['kept']): void {
  const entries = readdirSync(self(place), { withFileTypes: true, encoding: 'buffer' })
  const isLast = (name: Buffer) => last !== undefined && name.toString() === last
  for (const entry of [
    ...entries.filter((each) => !isLast(each.name)),
    ...entries.filter((each) => isLast(each.name)),
  ]) {
    const proof = isLast(entry.name)
    const at = below(place, entry.name)
    const shown = Buffer.concat([place.path, Buffer.from('/'), entry.name])
    try {
      if (!entry.isDirectory()) {
        if (!(proof && more.length === 0 && kept.length > 0)) unlinkSync(at)
        continue
      }
      const inner = enter(at, shown, place.mount)
      try {
        empty(inner, proof ? more : [], kept)
      } finally {
        closeSync(inner.fd)
      }
      rmdirSync(at)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      // Another erasure of the same directory was faster, or something below it was kept and is told already.
      if (code === 'ENOENT' || ((code === 'ENOTEMPTY' || code === 'EEXIST') && kept.length > 0)) continue
      if (kept.length < KEPT) kept.push({ path: shown.toString(), why: (error as Error).message })
    }
  }
}

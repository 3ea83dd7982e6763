/** Files that must be whole or absent. */
import { randomBytes } from 'node:crypto'
import {
  type Stats,
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'

/**
 * Replaces a file atomically and durably: whoever reads it sees the old content or the new, also after
 * a power cut.
 * @param mode permission bits of the new file
 */
export function writeFileDurably(path: string, content: string | Uint8Array, mode = 0o600): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const fd = openSync(temporary, 'wx', mode)
  try {
    try {
      let offset = 0
      while (offset < bytes.length) offset += writeSync(fd, bytes, offset)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(temporary, path)
  } catch (error) {
    try {
      unlinkSync(temporary)
    } catch {
      // The rename may have taken it away; what matters is the first error.
    }
    throw error
  }
  const directory = openSync(dirname(path), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/** The file as JSON, or null when it does not exist. Throws when it exists and cannot be parsed. */
export function readJson<T>(path: string): T | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  return JSON.parse(text) as T
}

/**
 * Makes a directory that only this user can enter, and refuses one that is not.
 * @throws ACCESS_DENIED as {@link requireOwn}; Error when it is open to others and cannot be closed
 */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const stat = requireOwn(path)
  if (stat !== null && (stat.mode & 0o077) !== 0) chmodSync(path, 0o700)
}

/**
 * Whoever made a directory decides who serves the sockets in it, and may hear what is told there.
 * @returns null when there is nothing of this name
 * @throws ACCESS_DENIED when it is a link or a file, or belongs to another user
 */
export function requireOwn(path: string): Stats | null {
  const stat = lstatSync(path, { throwIfNoEntry: false }) ?? null
  if (stat === null) return null
  if (!stat.isDirectory()) throw foreign(`${path} is not a directory`)
  const uid = process.getuid?.()
  if (uid !== undefined && stat.uid !== uid) throw foreign(`${path} belongs to user ${stat.uid}`)
  return stat
}

function foreign(what: string): WorktrainError {
  return new WorktrainError('ACCESS_DENIED', `${what}: it is not used.`, {
    hint: 'Find out who made it. XDG_RUNTIME_DIR or WORKTRAIN_HOME name another place.',
  })
}

/**
 * Real path of something that may not exist yet: links are resolved in the part that does.
 * This is what a write to `path` would reach (facts/claude-code 5.3).
 */
export function realpathOfNew(path: string): string {
  let existing = resolve(path)
  const missing: string[] = []
  for (;;) {
    try {
      return join(realpathSync.native(existing), ...missing)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
      // A dangling link is not a missing file: writing through it creates its target.
      if (lstatOrNull(existing)?.isSymbolicLink())
        throw new Error(`${existing} is a dangling link`, { cause: error })
      const parent = dirname(existing)
      if (parent === existing) return join(existing, ...missing)
      missing.unshift(basename(existing))
      existing = parent
    }
  }
}

function lstatOrNull(path: string): ReturnType<typeof lstatSync> | null {
  try {
    return lstatSync(path)
  } catch {
    return null
  }
}

/** Is `path` the directory itself or below it? Both real paths. */
export function isWithin(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
}

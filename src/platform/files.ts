/** Files that must be whole or absent. */
import { randomBytes } from 'node:crypto'
import {
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
 * @throws Error when it exists as a link, belongs to another user, or is open to others and cannot be closed
 */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const stat = lstatSync(path)
  if (!stat.isDirectory()) throw new Error(`${path} is not a directory`)
  const uid = process.getuid?.()
  if (uid !== undefined && stat.uid !== uid) throw new Error(`${path} belongs to user ${stat.uid}`)
  if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700)
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

/** Reading what a session may have replaced by anything: a link, a pipe that never ends, a file of gigabytes. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'

/** Nothing of git's that is read here is larger, bytes. */
const LARGEST = 16 * 1024 * 1024

/**
 * The text of a regular file.
 * @returns null when there is none of this name
 * @throws DIRECTORY_UNUSABLE when it is something else, or larger than any file git keeps
 */
export function readPlain(path: string): string | null {
  let fd: number
  try {
    // Opening a pipe to read would wait for a writer.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    if (code === 'ELOOP') throw odd(`${path} is a link`, error)
    throw error
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw odd(`${path} is not a file`)
    if (stat.size > LARGEST) throw odd(`${path} has ${stat.size} bytes`)
    const bytes = Buffer.alloc(stat.size)
    let read = 0
    for (let n = -1; n !== 0 && read < bytes.length; read += n)
      n = readSync(fd, bytes, read, bytes.length - read, null)
    return bytes.subarray(0, read).toString()
  } finally {
    closeSync(fd)
  }
}

function odd(what: string, cause?: unknown): WorktrainError {
  return new WorktrainError('DIRECTORY_UNUSABLE', `${what}.`, {
    hint: 'A session put it there in place of what git keeps. The files of the workspace are safe.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** As {@link readPlain}; what cannot be read is nothing. */
export function readPlainIfAny(path: string): string | null {
  try {
    return readPlain(path)
  } catch {
    return null
  }
}

/**
 * The first thing in a directory, however deep, that is neither a directory nor a regular file.
 * @param skip names at the top that are not looked into
 */
export function firstOddity(directory: string, skip: readonly string[] = []): string | null {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (skip.includes(entry.name)) continue
    const path = join(directory, entry.name)
    const kind = entry.isSymbolicLink() || !(entry.isFile() || entry.isDirectory()) ? lstatSync(path) : entry
    if (kind.isDirectory()) {
      const below = firstOddity(path)
      if (below !== null) return below
    } else if (!kind.isFile()) return path
  }
  return null
}

/** The first .gitignore or .gitattributes in a work tree, however deep, that is no file: git waits for a pipe. */
export function oddRules(top: string): string | null {
  const open = [top]
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    for (const entry of listed(directory)) {
      const path = join(directory, entry.name)
      if (/^\.git(ignore|attributes)$/.test(entry.name) && !entry.isFile() && !entry.isSymbolicLink())
        return path
      if (entry.isDirectory()) open.push(path)
    }
  }
  return null
}

function listed(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    // Gone, or not to be read: then git did not look into it either.
    return []
  }
}

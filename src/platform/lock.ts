/** A lock between processes that dies with its owner. */
import { readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { WorktrainError } from '../protocol/errors.ts'
import { makePrivateDirectory, writeFileDurably } from './files.ts'
import { bootId, isAlive, ownIdentity } from './processes.ts'
import type { ProcessIdentity } from './processes.ts'

export interface Lock {
  /** Gives it up. A second call does nothing. */
  release(): void
}

/** How long an owner may take between the kernel's lock and its record, ms. */
const RECORD_DEADLINE_MS = 5_000
const SQLITE_BUSY = 5

/**
 * Held locks: a database that nobody refers to is closed by the garbage collector, and the lock with it,
 * so a caller that drops what {@link acquireLock} returned would lose it at a random moment.
 */
const held = new Set<DatabaseSync>()

/**
 * Takes the lock if nobody alive has it.
 *
 * The lock is the kernel's (fcntl), reached through SQLite's exclusive lock on an otherwise empty file:
 * Node itself offers none. The kernel drops it when the owner dies, however it dies, so there is no
 * take-over to race on; children do not inherit it; its age means nothing. Beside it, `<path>.owner`
 * names who holds it.
 *
 * Open `path` by no other means in a process that holds it: closing any descriptor of a file drops the
 * process's fcntl locks on it. Never delete `path`: a lock on a deleted file excludes nobody.
 *
 * @param path file in a directory of this user's own; both are made
 * @returns the lock, or who holds it (which may be this process)
 * @throws SUPERVISOR_BUSY when it is held by a process that cannot be seen from here (another container)
 */
export function acquireLock(path: string): Lock | { heldBy: ProcessIdentity } {
  makePrivateDirectory(dirname(path))
  const deadline = performance.now() + RECORD_DEADLINE_MS
  for (;;) {
    const db = lockExclusively(path)
    if (db) {
      held.add(db)
      writeFileDurably(`${path}.owner`, JSON.stringify({ ...ownIdentity(), bootId: bootId() }))
      return {
        release() {
          if (!held.delete(db)) return
          // First the record: while the lock is held it is nobody else's.
          rmSync(`${path}.owner`, { force: true })
          db.close()
        },
      }
    }
    // Busy without a living owner on record: someone is just taking it, or two who tried at once are
    // both turned away by SQLite's steps towards exclusivity. Either settles within milliseconds.
    const owner = lockOwner(path)
    if (owner) return { heldBy: owner }
    if (performance.now() > deadline)
      throw new WorktrainError(
        'SUPERVISOR_BUSY',
        `${path} is locked by a process that is not visible from here.`,
      )
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1 + Math.random() * 10)
  }
}

/** The living process that is on record as the lock's owner; null: nobody is. Takes nothing. */
export function lockOwner(path: string): ProcessIdentity | null {
  let record: ProcessIdentity & { bootId: string }
  try {
    record = JSON.parse(readFileSync(`${path}.owner`, 'utf8')) as ProcessIdentity & { bootId: string }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return null
    throw error
  }
  const identity = { pid: record.pid, startTime: record.startTime }
  return record.bootId === bootId() && isAlive(identity) ? identity : null
}

function lockExclusively(path: string): DatabaseSync | null {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
    return db
  } catch (error) {
    db.close()
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) return null
    throw error
  }
}

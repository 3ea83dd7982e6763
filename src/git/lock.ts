/**
 * One at a time in what a repository's worktrees share: worktree entries, config, fetches, packed refs.
 *
 * Git itself races there: of 13 `git worktree add` at once 5 failed, under a mutex none
 * (facts/merge-and-partition 5).
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { WorktrainError } from '../protocol/errors.ts'
import { shellQuoted } from '../protocol/shell-quote.ts'
import type { Repository } from './git.ts'

/** Directory in a repository's git directory for what Worktrain keeps about its own writing. */
export const brokerDir = (repo: Repository): string => join(repo.commonDir, 'worktrain')

const tails = new Map<string, Promise<void>>()
/** Told when somebody else of this process wants the lock. */
const yielding = new Map<string, AbortController>()
/** Repositories whose lock the caller is inside of. */
const inside = new AsyncLocalStorage<readonly string[]>()

/**
 * Runs `fn` while no other holder of this repository's lock runs, in this process or another. Within `fn`
 * it is held already. A dead holder never blocks: the kernel lets go of its lock.
 * @param fn gets a signal that is aborted when somebody else of this process waits: what can be done
 * later should end then
 * @throws REPO_MOVED, DISK_FULL, DIRECTORY_UNUSABLE where nothing may be written
 */
export async function withRepositoryLock<T>(
  repo: Repository,
  fn: (wanted: AbortSignal) => Promise<T>,
): Promise<T> {
  const held = inside.getStore() ?? []
  if (held.includes(repo.commonDir)) return fn(new AbortController().signal)
  const before = tails.get(repo.commonDir) ?? Promise.resolve()
  const { promise: done, resolve: release } = Promise.withResolvers<void>()
  const tail = before.then(() => done)
  tails.set(repo.commonDir, tail)
  yielding.get(repo.commonDir)?.abort()
  await before
  try {
    const unlock = await lockAcrossProcesses(repo)
    const wanted = new AbortController()
    yielding.set(repo.commonDir, wanted)
    if (tails.get(repo.commonDir) !== tail) wanted.abort()
    try {
      return await inside.run([...held, repo.commonDir], () => fn(wanted.signal))
    } finally {
      yielding.delete(repo.commonDir)
      unlock()
    }
  } finally {
    release()
    if (tails.get(repo.commonDir) === tail) tails.delete(repo.commonDir)
  }
}

/** Makes {@link brokerDir}. @throws REPO_MOVED, DIRECTORY_UNUSABLE */
export function makeBrokerDir(repo: Repository): string {
  const directory = brokerDir(repo)
  try {
    // Not recursive: a repository that was moved must not come into being again as an empty one.
    mkdirSync(directory)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT')
      throw new WorktrainError('REPO_MOVED', `The repository ${repo.commonDir} is not there any more.`, {
        hint: `Move it back to ${repo.commonDir}.`,
        cause: error,
      })
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') throw unwritable(directory, error)
    if (code !== 'EEXIST') throw error
  }
  return directory
}

function unwritable(directory: string, cause: unknown): WorktrainError {
  return new WorktrainError(
    'DIRECTORY_UNUSABLE',
    `${directory} cannot be written: ${(cause as Error).message}.`,
    { hint: `Look who owns it: ls -ld ${shellQuoted(directory)} ${shellQuoted(dirname(directory))}`, cause },
  )
}

/** SQLite's lock on an empty file is the one kernel lock Node offers: it ends with its process. */
async function lockAcrossProcesses(repo: Repository): Promise<() => void> {
  const directory = makeBrokerDir(repo)
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(directory, 'mutex'), { timeout: 0 })
    while (!begun(database)) await wait(5 + Math.random() * 45)
    return database.close.bind(database)
  } catch (error) {
    database?.close()
    const { message } = error as Error
    if (/is full/i.test(message))
      throw new WorktrainError('DISK_FULL', `The disk is full: ${directory}: ${message}`, { cause: error })
    throw unwritable(directory, error)
  }
}

/** @returns false: another process holds it */
function begun(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (!/locked|busy/i.test((error as Error).message)) throw error
    return false
  }
}

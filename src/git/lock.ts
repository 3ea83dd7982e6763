/**
 * One at a time in what a repository's worktrees share: worktree entries, config, fetches.
 *
 * Git itself races there: of 13 `git worktree add` at once 5 failed, under a mutex none
 * (facts/merge-and-partition 5).
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { WorktrainError } from '../protocol/errors.ts'
import type { Repository } from './git.ts'

const tails = new Map<string, Promise<void>>()

/**
 * Runs `fn` while no other holder of this repository's lock runs, in this process or another.
 * Not reentrant. A dead holder never blocks: the kernel lets go of its lock.
 * @throws REPO_MOVED
 */
export async function withRepositoryLock<T>(repo: Repository, fn: () => Promise<T>): Promise<T> {
  const before = tails.get(repo.commonDir) ?? Promise.resolve()
  const { promise: done, resolve: release } = Promise.withResolvers<void>()
  const tail = before.then(() => done)
  tails.set(repo.commonDir, tail)
  await before
  try {
    const unlock = await lockAcrossProcesses(repo.commonDir)
    try {
      return await fn()
    } finally {
      unlock()
    }
  } finally {
    release()
    if (tails.get(repo.commonDir) === tail) tails.delete(repo.commonDir)
  }
}

/** SQLite's lock on an empty file is the one kernel lock Node offers: it ends with its process. */
async function lockAcrossProcesses(commonDir: string): Promise<() => void> {
  const directory = join(commonDir, 'worktrain')
  try {
    // Not recursive: a repository that was moved must not come into being again as an empty one.
    mkdirSync(directory)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT')
      throw new WorktrainError('REPO_MOVED', `The repository ${commonDir} is not there any more.`, {
        hint: `Move it back to ${commonDir}.`,
        cause: error,
      })
    if (code !== 'EEXIST') throw error
  }
  const database = new DatabaseSync(join(directory, 'mutex'), { timeout: 0 })
  try {
    for (;;) {
      try {
        database.exec('BEGIN EXCLUSIVE')
        return () => database.close()
      } catch (error) {
        if (!/locked|busy/i.test((error as Error).message)) throw error
        await wait(5 + Math.random() * 45)
      }
    }
  } catch (error) {
    database.close()
    throw error
  }
}

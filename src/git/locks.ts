/**
 * Locks that a git of ours left when it was killed, told from those of somebody who is alive.
 *
 * Each write into shared state is recorded while it is under way: by whom (pid, start time, boot), and which
 * locks it may take. A lock is removed only when such a record says so, its writer and its git are dead, it
 * is not older than the record, and no other git works there.
 */
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { WorktrainError } from '../protocol/errors.ts'
import { isWithin } from '../platform/files.ts'
import { readPlainIfAny } from '../platform/plain.ts'
import { bootId, isAlive, ownIdentity, type ProcessIdentity, processesOf } from '../platform/processes.ts'
import type { GitOptions } from './execute.ts'
import type { Repository } from './git.ts'
import { brokerDir, makeBrokerDir } from './lock.ts'

/** Environment entry by which a git process of a recorded write is known, also after its starter died. */
const MARKER = 'WORKTRAIN_WRITE'
/** How long an orphaned git of ours is waited for at a time, ms. */
const ORPHAN_WAIT_MS = 5_000
/** On systems where we cannot see who holds a file: a lock older than this is nobody's, ms. */
const UNSEEN_AGE_MS = 10 * 60_000

/** A lock, or a pack in the making: git leaves those when it is killed, and when the disk is full. */
const LEFT = /\.lock$|(^|\/)(tmp_(pack|idx|rev|obj)_|\.tmp-)[^/]*$/

interface Write {
  by: ProcessIdentity
  boot: string
  what: string
  /** Below the repository's git directory; with a slash at the end: every lock, or half a pack, below. */
  locks: readonly string[]
}

const writesDir = (repo: Repository) => join(brokerDir(repo), 'writes')
/** Writes of this process that are under way. */
const active = new Set<string>()
let count = 0
let self: Pick<Write, 'by' | 'boot'> | undefined

/**
 * Runs git with a record of the locks it may take, after what earlier ones left was cleared away.
 * @param run gets what git must be started with
 * @throws REPO_MOVED, and what `run` throws
 */
export async function recorded<T>(
  repo: Repository,
  what: string,
  locks: readonly string[],
  run: (options: Pick<GitOptions, 'env' | 'onLocked'>) => Promise<T>,
): Promise<T> {
  makeBrokerDir(repo)
  mkdirSync(writesDir(repo), { recursive: true })
  clearDeadLocks(repo)
  self ??= { by: ownIdentity(), boot: bootId() }
  count += 1
  const id = `${self.by.pid}-${self.by.startTime.replaceAll(/\W/g, '')}-${count}`
  const file = join(writesDir(repo), id)
  active.add(id)
  const clear = () => void clearDeadLocks(repo)
  let killed = false
  try {
    record(file, { ...self, what, locks })
    return await run({ env: { [MARKER]: id }, onLocked: clear })
  } catch (error) {
    killed =
      error instanceof WorktrainError &&
      (error.code === 'DISK_FULL' || Boolean(error.details?.signal ?? error.details?.timedOut))
    throw error
  } finally {
    active.delete(id)
    if (killed) clear()
    else rmSync(file, { force: true })
  }
}

function record(file: string, write: Write): void {
  try {
    writeFileSync(file, JSON.stringify(write))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
    throw new WorktrainError('DISK_FULL', `The disk is full: ${message}`, { cause: error })
  }
}

/**
 * Removes what writes that were killed left in a repository.
 * @returns the files removed
 */
export function clearDeadLocks(repo: Repository): string[] {
  const removed: string[] = []
  for (const id of namesIn(writesDir(repo))) {
    if (active.has(id)) continue
    const file = join(writesDir(repo), id)
    const since = lstatSync(file, { throwIfNoEntry: false })?.mtimeMs
    const write = readWrite(file)
    if (since === undefined || (write !== null && isUnderWay(id, write))) continue
    const locks = write?.locks.flatMap((name) => locksAt(repo, name)) ?? []
    removed.push(...removeDeadLocks(locks, directoriesOf(repo), since, Date.now()))
    if (!locks.some((lock) => isSince(lock, since))) rmSync(file, { force: true })
  }
  return removed
}

/** Null for one that was cut short: its git had not started. */
function readWrite(file: string): Write | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Write
  } catch {
    return null
  }
}

function isUnderWay(id: string, { by, boot }: Write): boolean {
  if (boot !== bootId()) return false
  return (by.pid !== process.pid && isAlive(by)) || processesOf(null, `${MARKER}=${id}`).length > 0
}

function locksAt(repo: Repository, name: string): string[] {
  const path = join(repo.commonDir, name)
  if (!isWithin(repo.commonDir, path)) return []
  if (!name.endsWith('/')) return [path]
  return namesIn(path, true).flatMap((below) => (LEFT.test(below) ? [join(path, below)] : []))
}

/** Where a git that writes into the repository may stand: the checkouts, whichever they are. */
function directoriesOf(repo: Repository): string[] {
  const entries = join(repo.commonDir, 'worktrees')
  const checkouts = namesIn(entries).flatMap((name) => {
    const pointer = readPlainIfAny(join(entries, name, 'gitdir'))
    return pointer === null ? [] : [dirname(pointer.trim())]
  })
  return [repo.commonDir, repo.root, ...checkouts]
}

function namesIn(directory: string, recursive = false): string[] {
  try {
    return readdirSync(directory, { recursive, encoding: 'utf8' })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** File systems take times from a clock that ticks coarsely: a file may seem a little too old. */
function isSince(file: string, since: number): boolean {
  return (lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= since - 20
}

/**
 * Waits until no process with an entry in its environment runs any more.
 *
 * The death of who started a git does not end it: it goes on and may move main a moment from now.
 * @param marker `NAME=value`
 * @returns false when one still runs
 */
export async function orphansEnded(marker: string): Promise<boolean> {
  for (let waited = 0; waited < ORPHAN_WAIT_MS; waited += 50) {
    if (processesOf(null, marker).length === 0) return true
    await wait(50)
  }
  return false
}

/**
 * Removes lock files that only our own dead git process can have left: our records show that one was under
 * way and did not end, the locks are not older than that, and nobody alive works there.
 * @param directories of the repository
 * @param since when ours began, ms
 * @returns the files removed
 */
export function removeDeadLocks(
  files: readonly string[],
  directories: readonly string[],
  since: number,
  now: number,
): string[] {
  return files.filter((file) => {
    const before = lstatSync(file, { throwIfNoEntry: false, bigint: true })
    if (!before || !isSince(file, since)) return false
    const used =
      process.platform === 'linux'
        ? gitWorksIn(directories, Number(before.uid))
        : now - Number(before.mtimeMs) < UNSEEN_AGE_MS
    if (used) return false
    // Another git may have come and taken its own lock while we looked for processes.
    const after = lstatSync(file, { throwIfNoEntry: false, bigint: true })
    if (after?.ino !== before.ino || after.ctimeNs !== before.ctimeNs) return false
    rmSync(file, { force: true })
    return true
  })
}

/**
 * Does any living git process of this user work in one of these directories? One that cannot be looked at may.
 * One of another user cannot have made a lock that is this user's: their git, anywhere, is no reason to wait.
 */
function gitWorksIn(directories: readonly string[], uid: number): boolean {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (lstatSync(`/proc/${pid}`).uid !== uid) continue
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
      const dead = /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
      if (dead || !name.startsWith('git')) continue
      const cwd = readlinkSync(`/proc/${pid}/cwd`)
      if (directories.some((directory) => isWithin(directory, cwd))) return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') return true
      // It ended while we looked.
    }
  }
  return false
}

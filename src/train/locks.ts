/** What a dead landing of ours left behind in a git directory. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { isWithin } from '../platform/files.ts'
import { processesOf } from '../platform/processes.ts'

/** Environment entry by which a git process of a landing is known, also after its starter died. */
export const MARKER = 'WORKTRAIN_LANDING'
/** How long an orphaned git of ours is waited for at a time, ms. */
const ORPHAN_WAIT_MS = 5_000
/** On systems where we cannot see who holds a file: a lock older than this is nobody's, ms. */
const UNSEEN_AGE_MS = 10 * 60_000

/**
 * Waits until no git process of a change's earlier landing runs any more.
 *
 * Our death does not end it: it goes on and may move main a moment from now.
 * @returns false when one still runs
 */
export async function orphansEnded(change: string): Promise<boolean> {
  for (let waited = 0; waited < ORPHAN_WAIT_MS; waited += 50) {
    if (processesOf(null, `${MARKER}=${change}`).length === 0) return true
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
    // File systems take times from a clock that ticks coarsely: a file may seem a little too old.
    if (!before || Number(before.mtimeMs) < since - 20) return false
    if (process.platform === 'linux' ? gitWorksIn(directories) : now - Number(before.mtimeMs) < UNSEEN_AGE_MS)
      return false
    // Another git may have come and taken its own lock while we looked for processes.
    const after = lstatSync(file, { throwIfNoEntry: false, bigint: true })
    if (after?.ino !== before.ino || after.ctimeNs !== before.ctimeNs) return false
    rmSync(file, { force: true })
    return true
  })
}

/** Does any living git process work in one of these directories? One that cannot be looked at may. */
function gitWorksIn(directories: readonly string[]): boolean {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
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

/** Refs by which the train keeps what it works on, and the marker that tells whose a left lock is. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { deleteRef, exactRef, listRefs, moveRefs, type Repository } from '../git/index.ts'
import { readJson, writeFileDurably } from '../platform/files.ts'
import { isActive } from './change.ts'
import { removeDeadLocks } from './locks.ts'
import type { Change } from './ports.ts'

/** Candidates: kept until landed or voided. */
const CANDIDATES = 'refs/worktrain/cand/'
/** Pinned heads: kept as long as the change can be built again, whatever happens to its branch. */
const HEADS = 'refs/worktrain/queue/'

export function candidateRef(change: string): string {
  return `${CANDIDATES}${change}`
}

export interface TrainRefs {
  /** Keeps a change's pinned commit. */
  pin(change: string, head: string): Promise<void>
  /** Keeps a change's candidate. */
  keepCandidate(change: string, commit: string): Promise<void>
  dropCandidate(change: string): Promise<void>
  /** Lets go of everything of a change. */
  release(change: string): Promise<void>
  /** After a crash: removes our own dead locks and refs without a change that needs them. */
  sweep(changes: readonly Change[], now: number): Promise<string[]>
}

/** @param stateDir for the marker that says since when one of our ref updates has been under way */
export function createRefs(repo: Repository, stateDir: string, now: () => number): TrainRefs {
  const marker = join(stateDir, 'refs-in-flight.json')

  async function marked<T>(work: () => Promise<T>): Promise<T> {
    writeFileDurably(marker, JSON.stringify({ since: now() }))
    const result = await work()
    rmSync(marker, { force: true })
    return result
  }
  async function point(ref: string, oid: string): Promise<void> {
    const old = await exactRef(repo, ref)
    if (old !== oid) await marked(() => moveRefs(repo, [{ ref, new: oid, old }], 'worktrain train'))
  }
  async function drop(ref: string): Promise<void> {
    const old = await exactRef(repo, ref)
    if (old !== null) await marked(() => deleteRef(repo, ref, old))
  }

  return {
    pin: (change, head) => point(HEADS + change, head),
    keepCandidate: (change, commit) => point(CANDIDATES + change, commit),
    dropCandidate: (change) => drop(CANDIDATES + change),
    async release(change) {
      await drop(CANDIDATES + change)
      await drop(HEADS + change)
    },
    async sweep(changes, at) {
      const done: string[] = []
      const flight = readJson<{ since: number }>(marker)
      if (flight) {
        const files = [join(repo.commonDir, 'packed-refs.lock'), ...ownLocks(repo)]
        const removed = removeDeadLocks(files, [repo.commonDir, repo.root], flight.since, at)
        done.push(...removed.map((file) => `removed ${file}, left by our own process that died`))
        rmSync(marker, { force: true })
      }
      const ids = new Map(changes.map((change) => [change.id, change]))
      for (const { name } of await listRefs(repo, CANDIDATES)) {
        const change = ids.get(name.slice(CANDIDATES.length))
        if (change && isActive(change) && change.candidate) continue
        await drop(name)
        done.push(`removed ${name}: its candidate is no longer needed`)
      }
      for (const { name } of await listRefs(repo, HEADS)) {
        const change = ids.get(name.slice(HEADS.length))
        if (change && (isActive(change) || change.state === 'ejected')) continue
        await drop(name)
        done.push(`removed ${name}: its change is over`)
      }
      return done
    },
  }
}

/** Lock files below our own part of the refs. */
function ownLocks(repo: Repository): string[] {
  return [CANDIDATES, HEADS].flatMap((prefix) => {
    const directory = join(repo.commonDir, prefix)
    try {
      return readdirSync(directory)
        .filter((name) => name.endsWith('.lock'))
        .map((name) => join(directory, name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  })
}

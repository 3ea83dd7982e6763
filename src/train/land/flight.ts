/**
 * The record of a git process of ours that moves the person's checkout: written before it starts, removed
 * when it has ended and nothing of it is left. Only while it stands may locks and files be put right.
 */
import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  hindrance,
  lockFiles,
  orphansEnded,
  type Place,
  placeAt,
  removeDeadLocks,
  type Repository,
} from '../../git/index.ts'
import { readJson, writeFileDurably } from '../../platform/files.ts'
import type { Intent } from './landable.ts'
import { stagedPaths, takeBack } from './repair.ts'
import { settle } from './settle.ts'

/** Environment entry by which a git process of a landing is known, also after its starter died. */
export const MARKER = 'WORKTRAIN_LANDING'

interface Flight {
  intent: Intent
  /** When git was started, ms. */
  since: number
  /** Paths that the person had staged by then; bytes, kept one to one in latin1. */
  staged?: string[]
}

export interface Flights {
  /** Runs git; the record stays when this process dies, and until {@link Flights.account} finds all well. */
  during<T>(intent: Intent, git: () => Promise<T>): Promise<T>
  /**
   * Puts right what an earlier git of ours left.
   * @returns `left`: a lock that may be somebody's who is alive; then nothing may be begun
   */
  account(): Promise<{ done: string[]; left: string | null }>
}

export function createFlights(repo: Repository, stateDir: string, now: () => number): Flights {
  const record = join(stateDir, 'landing-in-flight.json')

  async function account(): Promise<{ done: string[]; left: string | null }> {
    const flight = readJson<Flight>(record)
    if (!flight) return { done: [], left: null }
    const { intent, since } = flight
    const place = intent.checkout === null ? null : placeAt(repo, intent.checkout)
    const files = [
      join(repo.commonDir, 'refs', 'heads', `${intent.target}.lock`),
      ...(place ? lockFiles(place.gitDir) : []),
    ]
    if (!(await orphansEnded(`${MARKER}=${intent.build}`)))
      return { done: [], left: place?.path ?? repo.commonDir }
    const directories = [repo.commonDir, repo.root, ...(place ? [place.path] : [])]
    const locks = removeDeadLocks(files, directories, since, now())
    const done = locks.map((file) => `removed ${file}, left by our own process that died`)
    const left = files.find(
      (file) => (lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= since - 20,
    )
    if (left !== undefined) return { done, left }
    if (place) done.push(...(await putBack(place, flight)))
    rmSync(record, { force: true })
    return { done, left: null }
  }

  async function putBack(place: Place, { intent, since, staged = [] }: Flight): Promise<string[]> {
    // The branch moves last: then everything is in its place.
    if ((await settle(repo, intent))?.kind === 'landed' || hindrance(place)) return []
    const count = await takeBack(repo, place, intent, since, new Set(staged))
    return count > 0 ? [`put back ${count} files of a landing that ended half-way`] : []
  }

  return {
    account,
    async during(intent, git) {
      const place = intent.checkout === null ? null : placeAt(repo, intent.checkout)
      const staged = place ? [...(await stagedPaths(repo, place, 'HEAD')).keys()] : []
      const flight: Flight = { intent, since: now(), staged }
      mkdirSync(stateDir, { recursive: true, mode: 0o700 })
      writeFileDurably(record, JSON.stringify(flight))
      try {
        return await git()
      } finally {
        await account()
      }
    },
  }
}

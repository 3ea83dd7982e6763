/** Refs by which the train keeps what it works on. */
import { exactRef, listRefs, moveRefs, type RefMove, type Repository } from '../git/index.ts'
import { WorktrainError } from '../protocol/index.ts'
import type { Build } from './build.ts'
import { isActive } from './change.ts'
import type { Change } from './ports.ts'

/** Candidates: kept until their build has ended. */
const CANDIDATES = 'refs/worktrain/cand/'
/** Pinned heads: kept as long as the change can be built again, whatever happens to its branch. */
const HEADS = 'refs/worktrain/queue/'

export function candidateRef(build: string): string {
  return `${CANDIDATES}${build}`
}

export interface TrainRefs {
  /** Keeps a change's pinned commit. */
  pin(change: string, head: string): Promise<void>
  /** Keeps a build's candidate. */
  keepCandidate(build: string, commit: string): Promise<void>
  /** Lets go of pinned commits of changes, and of candidates of builds. */
  release(what: { changes?: readonly string[]; builds?: readonly string[] }): Promise<void>
  /** After a crash: removes refs that nothing needs. */
  sweep(changes: readonly Change[], builds: readonly Build[]): Promise<string[]>
}

/** @param onLeft told why refs could not be let go of: they are in nobody's way, and the next start removes them */
export function createRefs(repo: Repository, onLeft: (error: WorktrainError) => void): TrainRefs {
  async function point(ref: string, oid: string): Promise<void> {
    const old = await exactRef(repo, ref)
    if (old !== oid) await moveRefs(repo, [{ ref, new: oid, old }], 'worktrain train')
  }
  async function drop(names: readonly string[]): Promise<void> {
    const moves: RefMove[] = []
    for (const ref of names) {
      const old = await exactRef(repo, ref)
      if (old !== null) moves.push({ ref, new: null, old })
    }
    // Nobody else moves them: what was there is there, or has gone already.
    await moveRefs(repo, moves, 'worktrain train')
  }

  return {
    pin: (change, head) => point(HEADS + change, head),
    keepCandidate: (build, commit) => point(CANDIDATES + build, commit),
    async release({ changes = [], builds = [] }) {
      const names = [...builds.map((build) => CANDIDATES + build), ...changes.map((change) => HEADS + change)]
      try {
        await drop(names)
      } catch (error) {
        if (!(error instanceof WorktrainError)) throw error
        onLeft(error)
      }
    },
    async sweep(changes, builds) {
      const unneeded: string[] = []
      const done: string[] = []
      const live = new Set(builds.filter((build) => !build.ended).map((build) => build.id))
      for (const { name } of await listRefs(repo, CANDIDATES)) {
        if (live.has(name.slice(CANDIDATES.length))) continue
        unneeded.push(name)
        done.push(`removed ${name}: its candidate is no longer needed`)
      }
      const needed = new Set(
        changes.filter((change) => isActive(change) || change.state === 'ejected').map((change) => change.id),
      )
      for (const { name } of await listRefs(repo, HEADS)) {
        if (needed.has(name.slice(HEADS.length))) continue
        unneeded.push(name)
        done.push(`removed ${name}: its change is over`)
      }
      await drop(unneeded)
      return done
    },
  }
}

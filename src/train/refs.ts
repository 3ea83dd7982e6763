/** Refs by which the train keeps what it works on. */
import { deleteRef, exactRef, listRefs, moveRefs, type Repository } from '../git/index.ts'
import { isActive } from './change.ts'
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
  /** After a crash: removes refs without a change that needs them. */
  sweep(changes: readonly Change[]): Promise<string[]>
}

export function createRefs(repo: Repository): TrainRefs {
  async function point(ref: string, oid: string): Promise<void> {
    const old = await exactRef(repo, ref)
    if (old !== oid) await moveRefs(repo, [{ ref, new: oid, old }], 'worktrain train')
  }
  async function drop(ref: string): Promise<void> {
    const old = await exactRef(repo, ref)
    if (old !== null) await deleteRef(repo, ref, old)
  }

  return {
    pin: (change, head) => point(HEADS + change, head),
    keepCandidate: (change, commit) => point(CANDIDATES + change, commit),
    dropCandidate: (change) => drop(CANDIDATES + change),
    async release(change) {
      await drop(CANDIDATES + change)
      await drop(HEADS + change)
    },
    async sweep(changes) {
      const done: string[] = []
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

/** What the verdicts so far say about the changes of a queue, by their positions in it. */
import type { PlanInput } from './input.ts'

/** A set of positions of which at least one is red. */
export interface RedSet {
  has: readonly boolean[]
  /** `after[j]`: how many of them stand behind position j. */
  after: readonly number[]
  /** The last one. */
  last: number
}

/** A candidate that leaves changes out: positions below `length`, without those in `out`. */
export interface Path {
  /** Positions left out, ascending. */
  out: readonly number[]
  length: number
}

export interface Known {
  size: number
  /** Positions that are in a green candidate. */
  good: readonly boolean[]
  reds: readonly RedSet[]
  /** Candidates with a verdict, and those that are being tested, as far as they keep the queue's order. */
  decided: readonly Path[]
  running: readonly Path[]
  /** Candidates whose last member cannot be merged onto the others. */
  impossible: readonly Path[]
}

/** Reads the trials; what holds a change that is not in the queue (any more) says nothing when it is red. */
export function whatIsKnown({ queue, trials }: PlanInput): Known {
  const size = queue.length
  const positions = new Map(queue.map((id, at) => [id, at]))
  const good = queue.map(() => false)
  for (const { members, verdict } of trials) {
    if (verdict !== 'green') continue
    for (const id of members) {
      const at = positions.get(id)
      if (at !== undefined) good[at] = true
    }
  }
  const known = {
    decided: [] as Path[],
    running: [] as Path[],
    impossible: [] as Path[],
  }
  const sets: number[][] = []
  for (const { members, verdict } of trials) {
    const at = members.map((id) => positions.get(id) ?? -1)
    if (at.length === 0 || at.includes(-1)) continue
    // What is in a green candidate cannot be what made another one red: that was an accident of its own.
    if (verdict === 'red') sets.push(at.filter((each) => !good[each]).toSorted((a, b) => a - b))
    const path = pathOf(at)
    if (!path) continue
    if (verdict === 'running') known.running.push(path)
    else if (verdict === 'impossible') known.impossible.push(path)
    else known.decided.push(path)
  }
  return { size, good, reds: smallest(sets).map((set) => redSet(set, size)), ...known }
}

/** Null when the positions are not ascending: nothing lands out of order. */
function pathOf(positions: readonly number[]): Path | null {
  const out: number[] = []
  let next = 0
  for (const at of positions) {
    if (at < next) return null
    for (; next < at; next++) out.push(next)
    next = at + 1
  }
  return { out, length: next }
}

/** Without those that hold another one, which says more. */
function smallest(sets: readonly number[][]): number[][] {
  const kept: number[][] = []
  for (const set of sets.toSorted((a, b) => a.length - b.length)) {
    if (set.length > 0 && !kept.some((other) => other.every((at) => set.includes(at)))) kept.push(set)
  }
  return kept
}

function redSet(positions: readonly number[], size: number): RedSet {
  const has: boolean[] = Array.from({ length: size }, () => false)
  for (const at of positions) has[at] = true
  const after: number[] = Array.from({ length: size }, () => 0)
  for (let at = size - 2; at >= 0; at--) after[at] = (after[at + 1] ?? 0) + (has[at + 1] ? 1 : 0)
  return { has, after, last: positions.at(-1) ?? -1 }
}

/**
 * One way the queue may turn out: certain changes are red and out, the others before `start` are green. In it, every
 * candidate is a cut: it holds what stands before the cut and is not out, and tells on which side of the cut the
 * first red change is.
 */
import type { Known, RedSet } from './known.ts'

export interface Fork {
  /** Positions that are taken for red, ascending. */
  out: readonly number[]
  /** First position of which this fork says nothing. */
  start: number
  /** Probability of the fork, given what is known. */
  chance: number
  /** `below[k]`: probability, in this fork, that the first red change stands before cut k. */
  below: readonly number[]
  /** `start`, and the cuts at which a verdict is there, expected or decided on; ascending. */
  cuts: number[]
  /** The longest candidate that merges. */
  end: number
}

/**
 * For how many outcomes the estimated rate stands. After a long row of green ones a next red one is less likely than
 * the rate says, so that the first cuts reach further: without it, an all-green queue takes a third longer.
 */
const STRENGTH = 60

/** @param chance probability of the fork before its own contradictions are seen; 1 for the one with nothing out */
export function fork(known: Known, rate: number, out: readonly number[], chance: number): Fork {
  const start = (out.at(-1) ?? -1) + 1
  const reds = known.reds.filter((red) => !out.some((at) => red.has[at]))
  const conflict = firstConflict(known, out, start)
  const end = Math.min(conflict, known.size)
  const below: number[] = Array.from({ length: known.size + 1 }, () => 0)
  let reached = 1
  let sum = 0
  for (let at = start; at < known.size; at++) {
    const seen = at - out.length
    const red = known.good[at] ? 0 : (rate * STRENGTH + out.length) / (STRENGTH + out.length + seen)
    if (at < end) sum += reached * red * explained(reds, at, rate)
    // What does not merge is out at the latest here, green or not.
    else if (at === end) sum += reached * explained(reds, at, rate)
    below[at + 1] = sum
    reached *= 1 - red
  }
  const total = sum + (end < known.size || reds.length > 0 ? 0 : reached)
  if (total > 0) for (let cut = start + 1; cut <= known.size; cut++) below[cut] = (below[cut] ?? 0) / total
  const made = { out, start, chance: total > 0 ? chance : 0, below, cuts: [start], end }
  for (const path of known.decided)
    if (path.length > start && sameOut(path.out, out)) addCut(made, path.length)
  if (end < known.size) addCut(made, end + 1)
  return made
}

/** Probability that every red set has a red member, when the first red position is this one. */
function explained(reds: readonly RedSet[], at: number, rate: number): number {
  let probability = 1
  for (const red of reds) if (!red.has[at]) probability *= 1 - (1 - rate) ** (red.after[at] ?? 0)
  return probability
}

/** Position that does not merge onto what stands before it in this fork; Infinity: none is known. */
function firstConflict({ impossible }: Known, out: readonly number[], start: number): number {
  const here = impossible.filter((path) => path.length > start && sameOut(path.out, out))
  return Math.min(...here.map((path) => path.length - 1), Number.POSITIVE_INFINITY)
}

function sameOut(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((at, index) => at === b[index])
}

export function addCut({ cuts }: Fork, cut: number): void {
  const at = cuts.findIndex((each) => each >= cut)
  if (at === -1) cuts.push(cut)
  else if (cuts[at] !== cut) cuts.splice(at, 0, cut)
}

/** Probability, in this fork, that the first red change stands before the cut; 1 for Infinity. */
export function redBelow(fork: Fork, cut: number): number {
  return fork.below[cut] ?? 1
}

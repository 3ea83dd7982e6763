/** What one more candidate is worth, beside those there are already. */
import { type Fork, redBelow } from './fork.ts'

/** What a settled change is worth in bits, beside what is learned about it: the sooner it lands, the better. */
const LANDED = 0.1

export interface Worth {
  /** By which candidates are compared: about bits for a cut, a probability for a step. */
  gain: number
  /** What it is expected to tell about the changes of the queue. */
  bits: number
  /** How many more changes it is expected to settle at once: to land, or to find red. */
  settles: number
}

const NOTHING: Worth = { gain: 0, bits: 0, settles: 0 }

/** A cut parts the positions between its neighbours: worth what it tells of the first red one's place. */
export function worthOfCut(fork: Fork, cut: number): Worth {
  const between = neighbours(fork, cut)
  if (!between || cut > fork.end) return NOTHING
  const [before, after] = between
  const red = redBelow(fork, cut) - redBelow(fork, before)
  const green = redBelow(fork, after) - redBelow(fork, cut)
  const single = cut - before === 1
  if (green <= 0 && !single) return NOTHING
  const lands = green * (cut - before)
  // A red change is found when both what stands before it and what ends with it are tested.
  const finds = (single ? red : 0) + (after - cut === 1 ? green : 0)
  const settles = fork.chance * (lands + finds)
  const bits = fork.chance * bitsOf(red, green)
  return { gain: bits + LANDED * settles, bits, settles }
}

/** A step adds one change to what was tested: worth the probability that its verdict will be asked for. */
export function worthOfStep(fork: Fork, cut: number): Worth {
  if (!neighbours(fork, cut) || cut > fork.end) return NOTHING
  const green = 1 - redBelow(fork, cut)
  const red = redBelow(fork, cut) - redBelow(fork, cut - 1)
  const gain = fork.chance * (red + green)
  return { gain, bits: fork.chance * bitsOf(red, green), settles: gain }
}

/** The cuts before and after (Infinity: none) this one; null: it is one of them. */
function neighbours({ cuts, start }: Fork, cut: number): [number, number] | null {
  let before = start
  for (const each of cuts) {
    if (each > cut) return [before, each]
    if (each === cut) return null
    before = each
  }
  return [before, Number.POSITIVE_INFINITY]
}

/** What it tells which of two things is the case, times the probability that it is one of them. */
export function bitsOf(a: number, b: number): number {
  if (a <= 0 || b <= 0) return 0
  return -(a * Math.log2(a / (a + b)) + b * Math.log2(b / (a + b)))
}

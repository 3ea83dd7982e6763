/** How many of the changes are red, and from which share on that alters the policy. */

/**
 * How many outcomes count. Few enough that a bad day is over after a few dozen changes, many enough that the estimate
 * hardly moves by chance: its standard error at a rate of 0.1 is 0.03.
 */
const WINDOW = 100

/**
 * Mean of the Beta(1,9) posterior: 0.1 before anything is known, as trustworthy as ten outcomes.
 * @param outcomes of changes that left the train, oldest first; `failed`: ejected for its checks
 * @returns expected share of changes that are red, between 0 and 1
 */
export function failureRate(outcomes: readonly ('landed' | 'failed')[]): number {
  const newest = outcomes.slice(-WINDOW)
  const failed = newest.filter((outcome) => outcome === 'failed').length
  return (1 + failed) / (10 + newest.length)
}

/** Slots -> rate above which the tree is the faster one, by simulation (`npm run bench:train` shows both). */
const SWITCH: readonly (readonly [number, number])[] = [
  [2, 0.25],
  [4, 0.15],
  [8, 0.1],
  [16, 0.06],
]

/** Failure rate above which the tree is used: between the measured numbers of slots along their logarithm. */
export function switchRate(slots: number): number {
  if (slots < 2) return 1
  let [before, at] = [2, 0.25]
  for (const [next, rate] of SWITCH) {
    if (slots <= next) {
      const part = next === before ? 0 : Math.log2(slots / before) / Math.log2(next / before)
      return at + part * (rate - at)
    }
    ;[before, at] = [next, rate]
  }
  return at
}

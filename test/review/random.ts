/** Random work on files, the same for the same seed. */
export type Random = (below: number) => number

/** mulberry32 */
export function random(seed: number): Random {
  let state = (seed + 1) * 0x9e3779b9
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below)
  }
}

/** States of a file: each the one before with lines inserted, taken away, rewritten and moved; few words, so that many repeat. */
export function shuffledWork(next: Random, count: number): string[][] {
  const word = () => ['a', 'b', 'c', '}', '', 'x = 1', 'return'][next(7)] ?? ''
  const states = [Array.from({ length: next(14) }, word)]
  while (states.length < count) {
    const lines = [...(states.at(-1) ?? [])]
    for (let edits = next(5); edits >= 0; edits -= 1) {
      const at = next(lines.length + 1)
      const kind = next(4)
      if (kind === 0) lines.splice(at, 0, ...Array.from({ length: 1 + next(3) }, word))
      else if (kind === 1) lines.splice(at, 1 + next(2))
      else if (kind === 2 && at < lines.length) lines[at] = word()
      else if (at < lines.length) lines.splice(next(lines.length), 0, ...lines.splice(at, 1))
    }
    states.push(lines)
  }
  return states
}

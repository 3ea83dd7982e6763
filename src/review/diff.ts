/**
 * Differences between two sequences of lines. Our own rather than git's: no attribute or setting of a
 * repository has a say in what a reviewer sees, and the same edits serve the hunks and their attribution. Pure.
 */

/** Lines [a, aEnd) of the old sequence became [b, bEnd) of the new one; from 0. */
export interface Edit {
  a: number
  aEnd: number
  b: number
  bEnd: number
}

/** Steps after which a region is shown as replaced rather than compared further: it then differs everywhere. */
const MOST_STEPS = 1500

/** @returns edits in order, none touching another */
export function diffLines(a: readonly string[], b: readonly string[]): Edit[] {
  const ids = new Map<string, number>()
  const numbered = (lines: readonly string[]) =>
    Int32Array.from(lines, (line) => {
      const known = ids.get(line)
      if (known !== undefined) return known
      ids.set(line, ids.size)
      return ids.size - 1
    })
  const edits: Edit[] = []
  region(numbered(a), numbered(b), { a: 0, aEnd: a.length, b: 0, bEnd: b.length }, edits)
  return joined(edits)
}

function region(x: Int32Array, y: Int32Array, { a, aEnd, b, bEnd }: Edit, edits: Edit[]): void {
  while (a < aEnd && b < bEnd && x[a] === y[b]) {
    a += 1
    b += 1
  }
  while (a < aEnd && b < bEnd && x[aEnd - 1] === y[bEnd - 1]) {
    aEnd -= 1
    bEnd -= 1
  }
  if (a === aEnd && b === bEnd) return
  const whole = { a, aEnd, b, bEnd }
  if (a === aEnd || b === bEnd) {
    edits.push(whole)
    return
  }
  const shortest = myers(x, y, whole)
  if (shortest !== null) {
    edits.push(...shortest)
    return
  }
  // Too different for the exact way: lines that occur once on both sides hold the rest together.
  const anchors = uniqueInBoth(x, y, whole)
  if (anchors.length === 0) {
    edits.push(whole)
    return
  }
  let from = { a, b }
  for (const at of [...anchors, { a: aEnd, b: bEnd }]) {
    region(x, y, { a: from.a, aEnd: at.a, b: from.b, bEnd: at.b }, edits)
    from = { a: at.a + 1, b: at.b + 1 }
  }
}

/** The shortest script (Myers 1986); null when it has more than {@link MOST_STEPS} steps. */
function myers(x: Int32Array, y: Int32Array, { a, aEnd, b, bEnd }: Edit): Edit[] | null {
  const n = aEnd - a
  const m = bEnd - b
  const most = Math.min(n + m, MOST_STEPS)
  const furthest = new Int32Array(2 * most + 3)
  const at = (k: number) => k + most + 1
  const trace: Int32Array[] = []
  for (let d = 0; d <= most; d += 1) {
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (furthest[at(k - 1)] ?? 0) < (furthest[at(k + 1)] ?? 0))
      let i = down ? (furthest[at(k + 1)] ?? 0) : (furthest[at(k - 1)] ?? 0) + 1
      let j = i - k
      while (i < n && j < m && x[a + i] === y[b + j]) {
        i += 1
        j += 1
      }
      furthest[at(k)] = i
      if (i >= n && j >= m) return walkBack(trace, { a, b, n, m, d, at })
    }
    trace.push(furthest.slice(at(-d - 1), at(d + 1) + 1))
  }
  return null
}

function walkBack(
  trace: readonly Int32Array[],
  { a, b, n, m, d }: { a: number; b: number; n: number; m: number; d: number; at: (k: number) => number },
): Edit[] {
  const edits: Edit[] = []
  let i = n
  let j = m
  for (let step = d; step > 0; step -= 1) {
    const before = trace[step - 1] ?? new Int32Array()
    // The slice of step s begins at diagonal -s-1.
    const of = (k: number) => before[k + step] ?? 0
    const k = i - j
    const down = k === -step || (k !== step && of(k - 1) < of(k + 1))
    const fromK = down ? k + 1 : k - 1
    const fromI = of(fromK)
    const fromJ = fromI - fromK
    edits.push(
      down
        ? { a: a + fromI, aEnd: a + fromI, b: b + fromJ, bEnd: b + fromJ + 1 }
        : { a: a + fromI, aEnd: a + fromI + 1, b: b + fromJ, bEnd: b + fromJ },
    )
    i = fromI
    j = fromJ
  }
  return edits.reverse()
}

/** Lines that occur exactly once on each side, the longest run of them in the same order. */
function uniqueInBoth(x: Int32Array, y: Int32Array, { a, aEnd, b, bEnd }: Edit): { a: number; b: number }[] {
  const once = (of: Int32Array, from: number, to: number) => {
    const places = new Map<number, number>()
    for (let i = from; i < to; i += 1) {
      const line = of[i] ?? 0
      places.set(line, places.has(line) ? -1 : i)
    }
    return places
  }
  const right = once(y, b, bEnd)
  const pairs: { a: number; b: number }[] = []
  for (const [line, i] of once(x, a, aEnd)) {
    const j = right.get(line)
    if (i >= 0 && j !== undefined && j >= 0) pairs.push({ a: i, b: j })
  }
  return rising(pairs)
}

/** The longest subsequence in which `b` rises. @param pairs `a` rises already */
function rising(pairs: readonly { a: number; b: number }[]): { a: number; b: number }[] {
  const ends: number[] = []
  const before: number[] = []
  for (const [index, { b }] of pairs.entries()) {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[ends[middle] ?? 0]?.b ?? 0) < b) low = middle + 1
      else high = middle
    }
    before[index] = low > 0 ? (ends[low - 1] ?? -1) : -1
    ends[low] = index
  }
  const chosen: { a: number; b: number }[] = []
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) {
    const pair = pairs[index]
    if (pair) chosen.push(pair)
  }
  return chosen.reverse()
}

/** Edits that touch are one. */
function joined(edits: readonly Edit[]): Edit[] {
  const result: Edit[] = []
  for (const edit of edits) {
    const last = result.at(-1)
    if (last && last.aEnd === edit.a && last.bEnd === edit.b) {
      last.aEnd = edit.aEnd
      last.bEnd = edit.bEnd
    } else result.push({ ...edit })
  }
  return result
}

/** Which words of a replaced line differ. Pure. */
import { diffLines } from './diff.ts'

export type Spans = [number, number][]

/** Longer lines are not compared word by word, characters. */
const LONGEST = 2000
/** Where less than this part of the words is the same, marking the rest tells nothing. */
const ALIKE = 0.3

/**
 * @returns the parts of each line that the other has not, as UTF-16 offsets; null when the lines have too little
 *   in common
 */
export function wordSpans(old: string, now: string): { old: Spans; now: Spans } | null {
  if (old.length > LONGEST || now.length > LONGEST) return null
  const a = words(old)
  const b = words(now)
  const edits = diffLines(a, b)
  const seen = (list: readonly string[]) => list.filter((word) => word.trim() !== '').length
  const gone = edits.reduce((sum, edit) => sum + seen(a.slice(edit.a, edit.aEnd)), 0)
  const same = seen(a) - gone
  if (same < ALIKE * Math.max(seen(a), seen(b), 1)) return null
  return {
    old: spans(
      a,
      edits.map(({ a: from, aEnd: to }) => [from, to]),
    ),
    now: spans(
      b,
      edits.map(({ b: from, bEnd: to }) => [from, to]),
    ),
  }
}

/** Names and numbers, runs of space, and every other character by itself. */
function words(line: string): string[] {
  return line.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
}

function spans(list: readonly string[], ranges: readonly [number, number][]): Spans {
  const starts = [0]
  for (const word of list) starts.push((starts.at(-1) ?? 0) + word.length)
  return ranges
    .filter(([from, to]) => to > from)
    .map(([from, to]) => [starts[from] ?? 0, starts[to] ?? 0] as [number, number])
}

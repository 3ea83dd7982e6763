/** Can one path match two globs? Also a path that nobody has made yet. */
import { automatonOf } from './automaton.ts'
import type { Automaton, Ranges } from './automaton.ts'
import { patternsOf } from './globs.ts'

/**
 * @returns false only when no path can match both: the answer is safe, though for rare constructs
 *   (extended globs, negated classes) it may be true for globs that never meet
 */
export function globsMeet(a: string, b: string): boolean {
  const left = patternsOf(a).map(automatonOf)
  const right = patternsOf(b).map(automatonOf)
  return left.some((one) => right.some((other) => meet(one, other)))
}

/** Walks both automata at once, over the pairs of states that one text can lead to. */
function meet(a: Automaton, b: Automaton): boolean {
  const seen = new Set<number>()
  const waiting: [number, number][] = []
  const visit = (left: number, right: number) => {
    const key = left * b.moves.length + right
    if (seen.has(key)) return
    seen.add(key)
    waiting.push([left, right])
  }
  visit(0, 0)
  for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
    const [left, right] = pair
    if (left === a.end && right === b.end) return true
    for (const move of a.moves[left] ?? []) if (move.on === null) visit(move.to, right)
    for (const move of b.moves[right] ?? []) if (move.on === null) visit(left, move.to)
    for (const one of a.moves[left] ?? []) {
      for (const other of b.moves[right] ?? []) {
        if (one.on && other.on && share(one.on, other.on)) visit(one.to, other.to)
      }
    }
  }
  return false
}

function share(a: Ranges, b: Ranges): boolean {
  return a.some(([low, high]) => b.some(([from, to]) => low <= to && from <= high))
}

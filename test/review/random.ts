/** Random work on files. */
import type { Random } from '../fixtures/random.ts'

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

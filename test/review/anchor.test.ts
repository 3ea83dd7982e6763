import { describe, expect, test } from 'vitest'
import { anchorAt, isChanged, reanchor } from '../../src/review/anchor.ts'
import { random } from '../fixtures/random.ts'

const at = (lines: string[], line: number, count = 1) => {
  const anchor = anchorAt(lines, { path: 'a.ts', side: 'new', line, count, commit: 'c' })
  if (!anchor) throw new Error('no such line')
  return anchor
}

describe('anchors', () => {
  test.for(Array.from({ length: 300 }, (_, seed) => seed))(
    'inserting and deleting elsewhere keeps them on their lines (%i)',
    (seed) => {
      const next = random(seed)
      const words = ['a', 'b', '}', '', 'return x']
      const lines = Array.from({ length: 5 + next(25) }, () => words[next(words.length)] ?? '')
      const line = 1 + next(lines.length)
      // What is commented occurs once; everything around it may repeat.
      lines[line - 1] = 'the commented line'
      const anchor = at(lines, line)
      const now = [...lines]
      for (let edits = next(6); edits >= 0; edits -= 1) {
        const here = now.indexOf('the commented line')
        const place = next(now.length)
        if (next(2) === 0)
          now.splice(place, 0, ...Array.from({ length: 1 + next(4) }, () => words[next(5)] ?? ''))
        else if (place !== here) now.splice(place, 1)
      }
      expect(reanchor(anchor, lines, now)).toBe(now.indexOf('the commented line') + 1)
      // Also when the state it was made in is known no more.
      expect(reanchor(anchor, null, now)).toBe(now.indexOf('the commented line') + 1)
    },
  )

  test('of equal lines it stays on the one it was made on', () => {
    const lines = ['if (a) {', '  go()', '}', 'if (b) {', '  go()', '}']
    expect(reanchor(at(lines, 5), lines, ['// new', ...lines])).toBe(6)
    expect(reanchor(at(lines, 5), null, ['// new', ...lines])).toBe(6)
    expect(reanchor(at(lines, 2), null, ['if (b) {', '  go()', '}', 'if (a) {', '  go()', '}'])).toBe(5)
  })

  test('lines that moved are found; lines that are gone or changed are not', () => {
    const lines = ['one', 'two', 'three', 'four', 'five']
    expect(reanchor(at(lines, 2, 2), lines, ['one', 'four', 'five', 'two', 'three'])).toBe(4)
    expect(reanchor(at(lines, 2), lines, ['one', 'TWO', 'three', 'four', 'five'])).toBeNull()
    expect(reanchor(at(lines, 2, 2), lines, ['one', 'two', 'between', 'three'])).toBeNull()
    expect(reanchor(at(lines, 2), lines, [])).toBeNull()
  })

  test('a line that says nothing by itself is not found anywhere', () => {
    const lines = ['a', '}', 'b']
    expect(reanchor(at(lines, 2), null, ['x', 'y', '}', 'z'])).toBeNull()
    expect(reanchor(at(lines, 2), null, ['new', 'a', '}', 'b'])).toBe(3)
  })

  test('whether anything has changed there is seen in the lines and those around them', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i + 1}`)
    const anchor = at(lines, 10)
    expect(isChanged(anchor, 10, lines)).toBe(false)
    expect(isChanged(anchor, 12, ['x', 'y', ...lines])).toBe(false)
    const near = [...lines]
    near.splice(10, 0, 'added right behind')
    expect(isChanged(anchor, 10, near)).toBe(true)
    expect(isChanged(anchor, null, lines)).toBe(true)
  })

  test('what the file does not have cannot be commented', () => {
    expect(anchorAt(['a'], { path: 'a', side: 'new', line: 2, count: 1, commit: 'c' })).toBeNull()
    expect(anchorAt(['a'], { path: 'a', side: 'new', line: 1, count: 2, commit: 'c' })).toBeNull()
    expect(anchorAt([], { path: 'a', side: 'new', line: 1, count: 1, commit: 'c' })).toBeNull()
  })
})

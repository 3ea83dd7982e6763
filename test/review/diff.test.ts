import { describe, expect, test } from 'vitest'
import { attribute, type Version } from '../../src/review/attribute.ts'
import { diffLines, type Edit } from '../../src/review/diff.ts'
import { wordSpans } from '../../src/review/words.ts'
import { random } from '../fixtures/random.ts'
import { shuffledWork } from './random.ts'

function applied(a: readonly string[], b: readonly string[], edits: readonly Edit[]): string[] {
  const result: string[] = []
  let at = 0
  for (const edit of edits) {
    expect(edit.a).toBeGreaterThanOrEqual(at)
    result.push(...a.slice(at, edit.a), ...b.slice(edit.b, edit.bEnd))
    at = edit.aEnd
  }
  return [...result, ...a.slice(at)]
}

describe('differences', () => {
  test.for(Array.from({ length: 300 }, (_, seed) => seed))(
    'the edits lead from one side to the other (%i)',
    (seed) => {
      const [a = [], b = []] = shuffledWork(random(seed), 2)
      const edits = diffLines(a, b)
      expect(applied(a, b, edits)).toEqual(b)
      // Read backwards they lead back, and no two of them touch.
      expect(
        applied(
          b,
          a,
          edits.map(({ a: x, aEnd: xe, b: y, bEnd: ye }) => ({ a: y, aEnd: ye, b: x, bEnd: xe })),
        ),
      ).toEqual(a)
      for (const [i, edit] of edits.slice(1).entries()) expect(edit.a).toBeGreaterThan(edits[i]?.aEnd ?? 0)
      if (JSON.stringify(a) === JSON.stringify(b)) expect(edits).toEqual([])
    },
  )

  test('a small change is a small edit', () => {
    expect(diffLines(['a', 'b', 'c'], ['a', 'x', 'c'])).toEqual([{ a: 1, aEnd: 2, b: 1, bEnd: 2 }])
    expect(diffLines([], ['a'])).toEqual([{ a: 0, aEnd: 0, b: 0, bEnd: 1 }])
    expect(diffLines(['a', 'b'], ['b'])).toEqual([{ a: 0, aEnd: 1, b: 0, bEnd: 0 }])
  })

  test('what differs everywhere is compared by the lines that occur once, in bounded time', () => {
    const side = (name: string) =>
      Array.from({ length: 6000 }, (_, i) => (i % 100 === 0 ? `same ${i}` : `${name} ${i}`))
    const [a, b] = [side('old'), side('new')]
    const began = performance.now()
    const edits = diffLines(a, b)
    expect(performance.now() - began).toBeLessThan(5000)
    expect(applied(a, b, edits)).toEqual(b)
    expect(edits).toHaveLength(60)
  })

  test('words that differ, where the lines have something in common', () => {
    const spans = wordSpans('const total = price * 2', 'const total = cost * 2')
    expect(spans).toEqual({ old: [[14, 19]], now: [[14, 18]] })
    expect(wordSpans('import a', 'return 42 + x')).toBeNull()
  })
})

describe('attribution', () => {
  const versions = (states: string[][]): Version[] =>
    states.map((lines, i) => ({ lines, turn: i === 0 ? null : i }))

  test.for(Array.from({ length: 300 }, (_, seed) => seed))(
    'every changed line has exactly one turn (%i)',
    (seed) => {
      const states = shuffledWork(random(seed + 1000), 5)
      const chain = versions(states)
      const edits = diffLines(states[0] ?? [], states.at(-1) ?? [])
      const { added, removed } = attribute(edits, chain, [chain])
      const lines = (from: 'a' | 'b') =>
        edits.flatMap((e) => {
          const [start, end] = from === 'a' ? [e.a, e.aEnd] : [e.b, e.bEnd]
          return Array.from({ length: end - start }, (_, i) => start + i)
        })
      expect([...added.keys()]).toEqual(lines('b'))
      expect([...removed.keys()]).toEqual(lines('a'))
      for (const [line, turn] of added) {
        expect(turn, `new line ${line}`).toBeGreaterThan(0)
        // The turn's state holds the line, whatever came before it.
        expect(states[turn ?? 0]).toContain(states.at(-1)?.[line])
      }
      for (const turn of removed.values()) expect(turn).toBeGreaterThan(0)
    },
  )

  test('a line belongs to the turn that wrote it, not to those that moved it up or down', () => {
    const chain = versions([
      ['a', 'z'],
      ['a', 'one', 'z'],
      ['top', 'a', 'one', 'z'],
      ['top', 'a', 'one', 'three', 'z'],
    ])
    const { added } = attribute(diffLines(['a', 'z'], ['top', 'a', 'one', 'three', 'z']), chain, [chain])
    expect([...added]).toEqual([
      [0, 2],
      [2, 1],
      [3, 3],
    ])
  })

  test('a line that was rewritten belongs to the last who did, a removed one to who removed it', () => {
    const chain = versions([
      ['a', 'b', 'c'],
      ['a', 'B', 'c'],
      ['a', 'BB', 'c'],
      ['a', 'BB'],
    ])
    const { added, removed } = attribute(diffLines(['a', 'b', 'c'], ['a', 'BB']), chain, [chain])
    expect([...added]).toEqual([[1, 2]])
    expect([...removed]).toEqual([
      [1, 1],
      [2, 3],
    ])
  })

  test('a file that is deleted and written again is the work of who wrote it again', () => {
    const chain: Version[] = [
      { lines: ['a'], turn: null },
      { lines: null, turn: 1 },
      { lines: ['a', 'b'], turn: 2 },
    ]
    const { added } = attribute(diffLines(['a'], ['a', 'b']), chain, [chain])
    expect([...added]).toEqual([[1, 2]])
  })

  test('what main took away after the turns is not theirs; the way through the update is asked first', () => {
    const start = { lines: ['a', 'b'], turn: null }
    const updated = { lines: ['a', 'b', 'main'], turn: 2 }
    const from = { lines: ['a', 'b', 'main'], turn: null }
    const to = { lines: ['a', 'b'], turn: 3 }
    const edits = diffLines(from.lines, to.lines)
    const long = [from, start, { lines: ['a', 'b'], turn: 1 }, updated, to]
    expect([...attribute(edits, long, [[from, updated, to], long]).removed]).toEqual([[2, 3]])
  })
})

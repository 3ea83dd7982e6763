import { describe, expect, test } from 'vitest'
import { matcherOf } from '../../src/protocol/index.ts'
import { validateGlob } from '../../src/partition/globs.ts'
import { globsMeet } from '../../src/partition/intersect.ts'

describe('globs that meet and globs that cannot', () => {
  test.each([
    ['src/**', 'src/a.ts', true],
    ['src', 'src/deep/er.ts', true],
    ['src/', 'src/a.ts', true],
    ['./src/a.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/*.js', false],
    ['src/*', 'src/deep/a.ts', false],
    ['src/**/*.ts', 'src/a.ts', true],
    ['src/**/*.ts', 'test/**/*.ts', false],
    ['**/*.ts', 'docs/**', true],
    ['*.ts', '**/test.ts', true],
    ['{a,b}/x', 'b/*', true],
    ['{a,b}/x', 'c/*', false],
    ['{a,b/{c,d}}/x', 'b/d/x', true],
    ['[a-c].ts', 'd.ts', false],
    ['[a-c].ts', 'b.ts', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a/b', 'a/bc', false],
    ['a', 'ab/c', false],
    ['**', 'x/y/z', true],
    ['a/**/z', 'a/z', true],
    ['app/**', 'app', true],
    ['.github/**', '**/*.yml', true],
    [String.raw`a\*b`, 'axb', false],
    ['package.json', 'package-lock.json', false],
    ['@(a|b).ts', 'b.ts', true],
    ['ünï/*', 'ünï/é', true],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(globsMeet(a, b)).toBe(expected)
    expect(globsMeet(b, a)).toBe(expected)
  })
})

/** Every path of up to three segments over a small alphabet: what brute force can see. */
const segments = ['a', 'b', 'ab', 'ba', '.a', 'a.b', '[ab]', '+', 'aa']
const paths = segments.flatMap((one) => [
  one,
  ...segments.flatMap((two) => [`${one}/${two}`, ...segments.map((three) => `${one}/${two}/${three}`)]),
])

/** Mulberry32: the same globs in every run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function isValid(glob: string): boolean {
  try {
    validateGlob(glob)
    return true
  } catch {
    return false
  }
}

function globs(count: number, tokens: readonly string[], next: () => number): string[] {
  const pick = () => tokens[Math.floor(next() * tokens.length)] ?? 'a'
  const all = new Set<string>()
  while (all.size < count) {
    const glob = Array.from({ length: 1 + Math.floor(next() * 5) }, pick).join('')
    if (isValid(glob)) all.add(glob)
  }
  return [...all]
}

const PLAIN = ['a', 'b', '/', '/', '*', '**', '**/', '/**', '?', '.', '{a,b}', '{a,b/*}', '[ab]', 'ab']
const ODD = [
  ...PLAIN,
  '@(a|b)',
  '!(a)',
  '+(a)',
  '*(b)',
  '(a|b)',
  '[!a]',
  '[^b/]',
  '[[:alpha:]]',
  '{a..b}',
  '{a}',
  '{**,a}',
  '{**/a,b}',
  '{b,a/**}',
  '+',
  '"a"',
  'a|b',
  '\\*',
  '\\a',
  '{',
  '}',
  '[',
  ']',
  '-',
  ',',
  '***',
  '//',
  '[a-b]',
  '{,a}',
]

test.each([
  ['plain', PLAIN, 220, 1],
  ['odd', ODD, 320, 2],
])('no common path is ever missed: %s globs against brute force', (_, tokens, count, seed) => {
  const all = globs(count, tokens, random(seed)).map((glob) => ({
    glob,
    matched: paths.map(matcherOf([glob])),
  }))
  const missed: string[] = []
  let meeting = 0
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index)) {
      const at = one.matched.findIndex((matches, n) => matches && other.matched[n])
      if (at === -1) continue
      meeting += 1
      if (!globsMeet(one.glob, other.glob)) missed.push(`${one.glob} & ${other.glob}: ${paths[at]}`)
    }
  }
  expect(missed).toEqual([])
  expect(meeting).toBeGreaterThan(1000)
})

test('plain globs that meet nowhere are seldom said to', () => {
  const all = globs(120, ['a', 'b', '/', '*', '?', '/**', '{a,b}', 'ab'], random(3)).map((glob) => ({
    glob,
    matched: paths.map(matcherOf([glob])),
  }))
  let apart = 0
  let wrongly = 0
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      if (one.matched.some((matches, n) => matches && other.matched[n])) continue
      apart += 1
      if (globsMeet(one.glob, other.glob)) wrongly += 1
    }
  }
  // Brute force sees short paths only, so that some of these meet in a longer one.
  expect(wrongly / apart).toBeLessThan(0.5)
  expect(apart).toBeGreaterThan(1000)
})

import { expect, test } from 'vitest'
import { plainCheck } from '../../src/protocol/index.ts'
import { neededChecks } from '../../src/train/checks/scope.ts'

/** Commands with their `paths`; none: it always runs. */
const specs = (map: Record<string, string[]>) => (command: string) => ({
  ...plainCheck(command),
  paths: map[command] ?? [],
})
const needed = (
  map: Record<string, string[]>,
  changed: string[],
  proven: (c: string) => boolean = () => true,
) => neededChecks(Object.keys(map), specs(map), changed, proven).needed

const TWO = { a: ['a/**'], b: ['b', 'shared/**'] }

test.each([
  [['a/x.ts'], ['a']],
  [['b/deep/x'], ['b']],
  [
    ['a/x', 'b/x'],
    ['a', 'b'],
  ],
  [['shared/x'], ['b']],
  // A rename out of a path, or into it.
  [
    ['a/old', 'b/new'],
    ['a', 'b'],
  ],
  // The map is silent: everything.
  [['package-lock.json'], ['a', 'b']],
  [
    ['a/x', 'package-lock.json'],
    ['a', 'b'],
  ],
  // Nothing changed: the base itself is tested.
  [[], ['a', 'b']],
  // Not in it, though it begins like it.
  [['ab/x'], ['a', 'b']],
])('%j needs %j', (changed, expected) => {
  expect(needed(TWO, changed)).toEqual(expected)
})

test('what is skipped is said', () => {
  expect(neededChecks(['a', 'b'], specs(TWO), ['a/x'], () => true)).toEqual({
    needed: ['a'],
    skipped: [
      { command: 'b', why: 'nothing changed in b, shared/**, and what it stands on is proven green by it' },
    ],
  })
})

test('nothing is skipped on a base that is not proven by that very check', () => {
  expect(needed(TWO, ['a/x'], () => false)).toEqual(['a', 'b'])
  expect(needed({ a: ['a/**'], b: ['b/**'], c: ['c/**'] }, ['a/x'], (c) => c === 'b')).toEqual(['a', 'c'])
})

test('a check without paths always runs, and looks at every path', () => {
  const map = { lint: [], test: ['src/**'] }
  expect(needed(map, ['README.md'])).toEqual(['lint'])
  expect(needed(map, ['src/a'])).toEqual(['lint', 'test'])
})

test('every check may be skipped only for paths that were taken out by name', () => {
  const map = { unit: ['!(docs|*.md)/**'], e2e: ['src/**'] }
  expect(needed(map, ['docs/a.png', 'README.md'])).toEqual([])
  expect(needed(map, ['docs/a.png', 'package.json'])).toEqual(['unit'])
  expect(needed({ e2e: ['src/**'] }, ['docs/a.png'])).toEqual(['e2e'])
  expect(needed({ deep: ['**/!(*.md)'] }, ['a/b/c.md'])).toEqual([])
  expect(needed({ deep: ['**/!(*.md)'] }, ['a/b/c.md', 'a/b/c'])).toEqual(['deep'])
  // What one rule takes out of its own directory says nothing about others.
  expect(needed({ src: ['src/!(gen)/**'] }, ['other/x'])).toEqual(['src'])
  expect(needed({ src: ['src/!(gen)/**'] }, ['src/gen/x'])).toEqual([])
})

test('names that are patterns, or odd, count as themselves', () => {
  expect(needed({ a: ['app/[id]'], b: ['b/**'] }, ['app/[id]/page.ts'])).toEqual(['a'])
  expect(needed(TWO, ['a/.hidden/x'])).toEqual(['a'])
  expect(needed(TWO, ['a/line\nbreak'])).toEqual(['a'])
  expect(needed({ lint: [], test: ['src/**/*.ts'] }, ['src/x\r\n/y.ts'])).toEqual(['lint', 'test'])
})

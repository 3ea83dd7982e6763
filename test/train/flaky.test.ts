import { expect, test } from 'vitest'
import type { CheckResult } from '../../src/protocol/index.ts'
import { flakedTests, onlyKnownFlaky } from '../../src/train/flaky.ts'

const result = (failed: string[], more: Partial<CheckResult> = {}): CheckResult => ({
  command: 'npm test',
  tree: 't1',
  exit: failed.length > 0 ? 1 : 0,
  ms: 1,
  log: '/log',
  tail: '',
  tests: {
    format: 'tap',
    passed: 3,
    failed: failed.length,
    skipped: 0,
    failures: failed.map((name) => ({ name, message: '' })),
  },
  ...more,
})
const memory = (times: Record<string, number>, command = 'npm test') =>
  Object.entries(times).map(([test, n]) => ({ command, test, times: n }))

test('a red result is excused when every failed test is known', () => {
  expect(onlyKnownFlaky(result(['a', 'b']), memory({ a: 2, b: 5, c: 1 }))).toBe(true)
  expect(onlyKnownFlaky(result(['a', 'c']), memory({ a: 2, b: 5, c: 1 }))).toBe(false)
  expect(onlyKnownFlaky(result(['a', 'd']), memory({ a: 2 }))).toBe(false)
  expect(onlyKnownFlaky(result(['a']), memory({ a: 9 }, 'npm run e2e'))).toBe(false)
})

const none = result([]).tests
test.each([
  ['green', result([])],
  ['no test failed, but the command did', result([], { exit: 1 })],
  ['no tests are told', { ...result([], { exit: 1 }), tests: undefined } as unknown as CheckResult],
  [
    'not all are named',
    result(['a'], { tests: { ...none!, failed: 51, failures: [{ name: 'a', message: '' }] } }),
  ],
  ['it took too long', result(['a'], { exit: null, timedOut: true })],
  ['it was ended by a limit', result(['a'], { exit: null, limit: 'Too much.' })],
  ['it was ended by a signal', result(['a'], { exit: null })],
  ['it changed tracked files', result(['a'], { dirtied: ['x'] })],
])('nothing excuses a result when %s', (_, red) => {
  expect(onlyKnownFlaky(red, memory({ a: 9 }))).toBe(false)
  expect(flakedTests(red, result([]))).toEqual([])
})

test('an unnamed flake excuses no named test', () => {
  expect(onlyKnownFlaky(result(['a']), [{ command: 'npm test', test: null, times: 9 }])).toBe(false)
})

test('what a red and a green of one tree tell', () => {
  expect(flakedTests(result(['a', 'b', 'a']), result([]))).toEqual(['a', 'b'])
  expect(flakedTests(result(['a']), result(['a']))).toEqual([])
  expect(flakedTests(result(['a']), result([], { tree: 't2' }))).toEqual([])
  expect(flakedTests(result(['a']), result([], { command: 'other' }))).toEqual([])
})

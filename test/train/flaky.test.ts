import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CheckResult } from '../../src/protocol/index.ts'
import { flakedTests, onlyKnownFlaky } from '../../src/train/checks/flaky.ts'
import { branch, enqueue, openStation, plainCheck, repositoryWith, settle, shown } from './station.ts'

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

test('one red run counts once, however often its tree passes afterwards', async () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-flaky-')))
  const repo = await repositoryWith(join(home, 'repo'), { 'README.md': 'hello\n' })
  let runs = 0
  const station = await openStation(repo, home, {
    settings: async () => ({ verify: true }),
    // Red the first time that it looks at the second change.
    runCheck: (options) => {
      const first = options.command.includes('two') && ++runs === 1
      return plainCheck({ ...options, command: first ? 'false' : options.command })
    },
  })
  try {
    await enqueue(station, 'one', branch(repo, 'one', { one: '1\n' }), ['test -f README.md # two'])
    runs = 1
    await settle(station)
    runs = 0
    await enqueue(station, 'two', branch(repo, 'two', { two: '2\n' }), ['test -f README.md # two'])
    await settle(station)
    expect(await shown(station, 'two')).toMatchObject({ state: 'landed' })
    // The second time before the landing, the third one afterwards.
    expect(runs).toBe(3)
    const { flaky } = await station.train.view()
    expect(flaky).toMatchObject([{ command: 'test -f README.md # two', test: null, times: 1 }])
  } finally {
    await station.journal.close()
    rmSync(home, { recursive: true, force: true })
  }
})

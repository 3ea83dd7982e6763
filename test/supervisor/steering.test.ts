/** Which change, and which output of a check, a person means. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { changeCalled } from '../../src/supervisor/trains/steering.ts'
import { logOf, withOutput } from '../../src/supervisor/trains/log.ts'
import { build, change, check, train } from '../cli/fixtures.ts'

test('a change is called by its id, its name or a unique beginning of it', () => {
  const changes = [
    change({ id: 'c1', name: 'api', position: null, state: 'landed' }),
    change({ id: 'c2', name: 'apiary', position: null, state: 'ejected' }),
    change({ id: 'c3', name: 'api', position: 1 }),
    change({ id: 'c4', name: 'web', position: 2 }),
  ]
  const called = (name: string) => changeCalled(changes, name).id
  expect(called('c1')).toBe('c1')
  expect(called('api')).toBe('c3')
  expect(called('apia')).toBe('c2')
  // What is on the train comes before what left it.
  expect(called('ap')).toBe('c3')
  expect(called('w')).toBe('c4')
  expect(() => called('x')).toThrow('There is no change "x" on the train.')
  const two = [...changes, change({ id: 'c5', name: 'web2', position: 3 })]
  expect(() => changeCalled(two, 'we')).toThrow('"we" may be web or web2.')
})

test('the log that is meant: what runs, else what failed, else what ran last', () => {
  const red = { command: 'npm test', tree: 't', exit: 1, ms: 1, log: '/red', tail: '' }
  const view = train({
    builds: [
      build('b1', ['api'], {
        startedAt: 1,
        checks: [check({ state: 'passed', log: '/done' }), check({ log: '/old' })],
      }),
      build('b2', ['web'], { startedAt: 2, checks: [check({ log: '/new', command: 'lint' })] }),
    ],
    changes: [
      change({
        id: 'c1',
        name: 'shop',
        position: null,
        state: 'ejected',
        ejected: {
          reason: 'checks',
          detail: '',
          files: [],
          log: '/red',
          evidence: [{ ...red, exit: 0, log: '/main' }, red],
        },
      }),
      change({ id: 'c2', name: 'api', builds: ['b1'], checks: [check({ state: 'passed', log: '/done' })] }),
      change({ id: 'c3', name: 'docs', checks: [check({ state: 'waiting', log: null })] }),
    ],
  })
  expect(logOf(view, null)).toEqual({ command: 'lint', log: '/new', running: true })
  expect(logOf(view, 'api')).toMatchObject({ log: '/old', running: true })
  expect(logOf(view, 'shop')).toEqual({ command: 'npm test', log: '/red', running: false })
  expect(logOf({ ...view, builds: [] }, null)).toMatchObject({ log: '/done', running: false })
  expect(() => logOf(view, 'docs')).toThrow('No check has run for docs yet.')
  expect(() => logOf(train(), null)).toThrow('No check of the train has printed anything yet.')
})

test('the train has what its running checks have printed so far', () => {
  const log = join(mkdtempSync(join(tmpdir(), 'worktrain-log-')), '001.log')
  writeFileSync(log, '$ npm test\n\u001b[31mone\u001b[0m\n')
  const checks = [
    check({ log }),
    check({ log: `${log}.gone` }),
    check({ state: 'passed', log, tail: 'kept' }),
  ]
  const { builds, changes } = withOutput(
    train({ builds: [build('b1', ['api'], { checks })], changes: [change({ checks })] }),
  )
  for (const { checks: read } of [...builds, ...changes])
    expect(read.map(({ tail }) => tail)).toEqual(['$ npm test\none', '', 'kept'])
})

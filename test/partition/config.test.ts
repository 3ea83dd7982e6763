import { expect, test } from 'vitest'
import { contentHash, executableOf, mergeConfig, parseConfig } from '../../src/partition/index.ts'

const FULL = `target = "main"
checks = ["npm test"]
setup = ["npm ci"]
branch_prefix = "wt/"
[workspaces]
directory = "../elsewhere"
kind = "linked"
[limits]
active = 3
unreviewed = 5
[cell]
writable = ["~/.cache/x"]
[trash]
days = 30
`

test('a configuration is read', () => {
  expect(parseConfig(FULL, 'c.toml')).toEqual({
    target: 'main',
    checks: ['npm test'],
    setup: ['npm ci'],
    branch_prefix: 'wt/',
    workspaces: { directory: '../elsewhere', kind: 'linked' },
    limits: { active: 3, unreviewed: 5 },
    cell: { writable: ['~/.cache/x'] },
    trash: { days: 30 },
  })
  expect(parseConfig('', 'c.toml')).toEqual({})
})

test.each([
  ['chekcs = []', 'c.toml:1: chekcs: unknown key; did you mean "checks"?'],
  ['\n[limits]\nactiv = 1', 'c.toml:3: limits.activ: unknown key; did you mean "active"?'],
  ['active = 1', 'c.toml:1: active: unknown key'],
  ['limits.active = 0', 'c.toml:1: limits.active: '],
  ['checks = "npm test"', 'c.toml:1: checks: Invalid input: expected array'],
  ['checks = ["a", 1]', 'c.toml:1: checks.1: '],
  ['checks = [" "]', 'c.toml:1: checks.0: '],
  ['[workspaces]\nkind = "magic"', 'c.toml:2: workspaces.kind: '],
  ['branch_prefix = "-x"', 'must be the beginning of a branch name'],
  ['branch_prefix = "a..b"', 'must be the beginning of a branch name'],
  ['branch_prefix = "a//"', 'must be the beginning of a branch name'],
  ['target = "a"\ntarget = "b"', 'c.toml:2: '],
  ['target = ', 'c.toml:1: '],
  ['__proto__ = 1', '__proto__: unknown key'],
])('%j is refused with its place', (text, message) => {
  expect(() => parseConfig(text, 'c.toml')).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message) as string,
    }) as Error,
  )
})

test('local wins over shared over user over default, key by key', () => {
  const user = parseConfig('checks = ["u"]\nbranch_prefix = ""\n[limits]\nactive = 2\nunreviewed = 2', 'u')
  const shared = parseConfig('checks = ["s"]\n[limits]\nactive = 3', 's')
  const local = parseConfig('[limits]\nactive = 4\n[trash]\ndays = 0', 'l')
  const { values, sources } = mergeConfig(user, shared, local)
  expect(values).toEqual({
    owns: 'refuse',
    target: null,
    checks: ['s'],
    setup: [],
    branch_prefix: '',
    'workspaces.directory': null,
    'workspaces.kind': 'sealed',
    'limits.active': 4,
    'limits.unreviewed': 2,
    'cell.rung': 'auto',
    'cell.writable': [],
    'cell.readable': [],
    'cell.hidden': [],
    'trash.days': 0,
  })
  expect(sources).toMatchObject({
    checks: 'shared',
    branch_prefix: 'user',
    'limits.active': 'local',
    'limits.unreviewed': 'user',
    setup: 'default',
  })
  expect(Object.keys(mergeConfig(null, null, null).sources)).toHaveLength(14)
})

test('defaults are not shared between callers', () => {
  mergeConfig(null, null, null).values.checks.push('rm -rf')
  expect(mergeConfig(null, null, null).values.checks).toEqual([])
})

test('trust covers exactly what the repository would run or open', () => {
  const of = (shared: string, local = '') => executableOf(parseConfig(shared, 's'), parseConfig(local, 'l'))
  expect(executableOf(null, null).commands).toEqual([])
  expect(of('target = "main"\n[limits]\nactive = 3').commands).toEqual([])
  expect(of('target = "main"').hash).toBe(executableOf(null, null).hash)
  expect(of(FULL).commands).toEqual([
    'checks: npm test',
    'setup: npm ci',
    'cell.writable: ~/.cache/x',
    'workspaces.directory: ../elsewhere',
  ])
  // Each of these takes a wall down.
  expect(of('owns = "report"\n[cell]\nrung = "hooks"').commands).toEqual(['owns: report', 'cell.rung: hooks'])
  const hashes = [
    FULL,
    FULL.replace('npm test', 'npm test '.concat('-- x')),
    FULL.replace('npm ci', 'curl'),
    FULL.replace('.cache/x', '.ssh'),
    FULL.replace('elsewhere', 'there'),
    FULL.replace('checks', 'setup_').replace('setup =', 'checks =').replace('setup_', 'setup'),
  ].map((text) => of(text).hash)
  expect(new Set(hashes).size).toBe(hashes.length)
  expect(of(FULL.replace('days = 30', 'days = 1')).hash).toBe(hashes[0])
  expect(of('checks = ["a"]', 'checks = ["b"]').commands).toEqual(['checks: b'])
})

test('the content hash does not depend on the order of keys', () => {
  expect(contentHash({ a: 1, b: { c: 2, d: 3 } })).toBe(contentHash({ b: { d: 3, c: 2 }, a: 1 }))
  expect(contentHash({ a: ['x', 'y'] })).not.toBe(contentHash({ a: ['y', 'x'] }))
})

import { expect, test } from 'vitest'
import {
  contentHash,
  executableOf,
  mergeConfig,
  parseConfig,
  TRUSTED_ONLY,
  untrustedPart,
  writtenValues,
} from '../../src/partition/index.ts'
import { plainCheck } from '../../src/protocol/index.ts'

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
  ['checks = ["a", "b", "a"]', 'c.toml:1: checks.2: this command is there already'],
  ['checks = [[]]', 'c.toml:1: checks.0: must be a command, or a table with `run`'],
  ['checks = [{ run = "a", timeout = "20" }]', 'checks.0.timeout: must be a duration such as'],
  ['checks = [{ run = "a", timeout = "169h" }]', 'checks.0.timeout: must be at most a week'],
  ['checks = [{ run = "a", timeout = "0s" }]', 'checks.0.timeout: must be a duration'],
  ['checks = [{ run = "a", memory = "4G" }]', 'checks.0.memory: must be a size such as'],
  ['checks = [{ run = "a", memory = "9999999g" }]', 'checks.0.memory: is more than any machine has'],
  ['checks = [{ run = "a", path = ["b"] }]', 'checks.0.path: unknown key; did you mean "paths"?'],
  ['checks = [{ timeout = "2h" }]', 'checks.0.run: '],
  ['checks = [{ run = "a", paths = [] }]', 'checks.0.paths: '],
  ['checks = [{ run = "a", paths = ["../b"] }]', 'checks.0.paths.0: The glob "../b" leaves the repository'],
  ['checks = [{ run = "a", report = "/etc/passwd" }]', 'checks.0.report: must be the path of a file below'],
  ['checks = [{ run = "a", report = "b/../../c" }]', 'checks.0.report: must be the path of a file below'],
  ['checks = [{ run = "a", report = ".git/config" }]', 'checks.0.report: must be the path of a file below'],
  ['[train]\nslot = 1', 'c.toml:2: train.slot: unknown key; did you mean "slots"?'],
  ['[train]\nslots = 0', 'c.toml:2: train.slots: '],
  ['[train]\nslots = 65', 'c.toml:2: train.slots: '],
  ['[train]\nmode = "fast"', 'c.toml:2: train.mode: '],
  ['[train]\nupdate = true', 'c.toml:2: train.update: '],
  ['[train]\npush = "--force"', 'c.toml:2: train.push: must be the name of a remote'],
  ['[train]\ntimeout = 60', 'c.toml:2: train.timeout: '],
  ['[train]\nattempts = 1.5', 'c.toml:2: train.attempts: '],
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
    checks: [plainCheck('s')],
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
    'train.slots': null,
    'train.mode': 'prefix',
    'train.verify': true,
    'train.push': null,
    'train.attempts': 3,
    'train.update': 'off',
    'train.resolve_with': null,
    'train.remember': true,
    'train.merge_driver': null,
    'train.tools': null,
    'train.timeout': 3_600_000,
    'train.memory': null,
  })
  expect(sources).toMatchObject({
    checks: 'shared',
    branch_prefix: 'user',
    'limits.active': 'local',
    'limits.unreviewed': 'user',
    setup: 'default',
  })
  expect(Object.keys(mergeConfig(null, null, null).sources)).toHaveLength(26)
})

test('defaults are not shared between callers', () => {
  mergeConfig(null, null, null).values.checks.push(plainCheck('rm -rf'))
  expect(mergeConfig(null, null, null).values.checks).toEqual([])
})

const TRAIN = `checks = [
  "npm run lint",
  { run = "npm test", timeout = "90s", memory = "4g", paths = ["src/**", "docs"], report = "out/junit.xml" },
  { run = "npm run e2e", timeout = "120m" },
]
[train]
slots = 4
mode = "every-commit"
verify = false
push = "origin"
attempts = 1
update = "rebase"
resolve_with = "claude"
remember = false
merge_driver = "mergiraf merge"
tools = ["node --version"]
timeout = "2h"
memory = "512m"
`

test('checks and the train are read, and written as they were', () => {
  const { values } = mergeConfig(null, parseConfig(TRAIN, 's'), null)
  expect(values).toMatchObject({
    checks: [
      plainCheck('npm run lint'),
      {
        run: 'npm test',
        timeoutMs: 90_000,
        memoryBytes: 4 * 1024 ** 3,
        paths: ['src/**', 'docs'],
        report: 'out/junit.xml',
      },
      { ...plainCheck('npm run e2e'), timeoutMs: 7_200_000 },
    ],
    'train.slots': 4,
    'train.mode': 'every-commit',
    'train.verify': false,
    'train.push': 'origin',
    'train.attempts': 1,
    'train.update': 'rebase',
    'train.resolve_with': 'claude',
    'train.remember': false,
    'train.merge_driver': 'mergiraf merge',
    'train.tools': ['node --version'],
    'train.timeout': 7_200_000,
    'train.memory': 512 * 1024 ** 2,
  })
  expect(writtenValues(values)).toMatchObject({
    checks: [
      'npm run lint',
      {
        run: 'npm test',
        timeout: '90s',
        memory: '4g',
        paths: ['src/**', 'docs'],
        report: 'out/junit.xml',
      },
      { run: 'npm run e2e', timeout: '2h' },
    ],
    'train.timeout': '2h',
    'train.memory': '512m',
    'trash.days': 30,
  })
  expect(writtenValues(mergeConfig(null, null, null).values)['train.memory']).toBeNull()
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

test('what a check is said to need is shown, and trusted, with it', () => {
  const of = (text: string) => executableOf(parseConfig(text, 's'), null)
  expect(of(TRAIN).commands).toEqual([
    'checks: npm run lint',
    'checks: npm test [at most 90s; at most 4g of memory; only for src/** docs; results in out/junit.xml]',
    'checks: npm run e2e [at most 120m]',
    'train.push: origin',
    'train.resolve_with: claude',
    'train.merge_driver: mergiraf merge',
    'train.tools: node --version',
  ])
  const hashes = [
    TRAIN,
    TRAIN.replace('90s', '91s'),
    TRAIN.replace('"docs"', '"doc"'),
    TRAIN.replace('junit', 'unit'),
    TRAIN.replace('origin', 'upstream'),
    TRAIN.replace('mergiraf', 'sh'),
    TRAIN.replace('node --version', 'sh'),
  ].map((text) => of(text).hash)
  expect(new Set(hashes).size).toBe(hashes.length)
  expect(of(TRAIN.replace('slots = 4', 'slots = 5')).hash).toBe(hashes[0])
})

/** Every key that needs trust, as a file with just that. */
const TRUSTED_EXAMPLES: Record<(typeof TRUSTED_ONLY)[number], string> = {
  checks: 'checks = ["a"]',
  setup: 'setup = ["a"]',
  owns: 'owns = "report"',
  'cell.rung': 'cell.rung = "hooks"',
  'cell.writable': 'cell.writable = ["/a"]',
  'cell.readable': 'cell.readable = ["/a"]',
  'cell.hidden': 'cell.hidden = ["/a"]',
  'workspaces.directory': 'workspaces.directory = "/a"',
  'train.push': 'train.push = "a"',
  'train.resolve_with': 'train.resolve_with = "a"',
  'train.merge_driver': 'train.merge_driver = "a"',
  'train.tools': 'train.tools = ["a"]',
}

test.each(Object.entries(TRUSTED_EXAMPLES))('%s counts for nothing without trust', (key, text) => {
  const config = parseConfig(text, 's')
  expect(executableOf(config, null).commands).toHaveLength(1)
  expect(mergeConfig(null, config, null).sources).toMatchObject({ [key]: 'shared' })
  expect(mergeConfig(null, untrustedPart(config), null)).toEqual(mergeConfig(null, null, null))
})

test('what needs no trust counts without it', () => {
  const whole = parseConfig(
    [...Object.values(TRUSTED_EXAMPLES), 'train.slots = 2', 'target = "t"', 'workspaces.kind = "linked"']
      .toSorted()
      .join('\n'),
    's',
  )
  const { sources } = mergeConfig(null, untrustedPart(whole), null)
  const counted = Object.entries(sources).filter(([, source]) => source === 'shared')
  expect(counted.map(([key]) => key).toSorted()).toEqual(['target', 'train.slots', 'workspaces.kind'])
  expect(executableOf(whole, null).commands).toHaveLength(TRUSTED_ONLY.length)
})

test('the content hash does not depend on the order of keys', () => {
  expect(contentHash({ a: 1, b: { c: 2, d: 3 } })).toBe(contentHash({ b: { d: 3, c: 2 }, a: 1 }))
  expect(contentHash({ a: ['x', 'y'] })).not.toBe(contentHash({ a: ['y', 'x'] }))
})

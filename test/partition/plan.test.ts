import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configSchema, parsePlan, planSchema } from '../../src/partition/index.ts'

const PLAN = `target: main
limits: { active: 4, unreviewed: 4 }
shared: [package.json, "db/migrations/**"]
checks: [npm test]
sessions:
  - name: kamal-migration
    goal: Move the deployment from Heroku to Kamal.
    owns: [config/deploy.yml, Dockerfile, ".github/**"]
  - name: sales-report
    goal: |
      Report sales by attributed channel.
    after: [kamal-migration]
    model: opus
  - goal: no name
`

test('a plan is read with its defaults', () => {
  expect(parsePlan(PLAN, 'plan.yaml')).toEqual({
    target: 'main',
    limits: { active: 4, unreviewed: 4 },
    shared: ['package.json', 'db/migrations/**'],
    checks: ['npm test'],
    sessions: [
      expect.objectContaining({
        name: 'kamal-migration',
        owns: ['config/deploy.yml', 'Dockerfile', '.github/**'],
        after: [],
        command: [],
      }),
      expect.objectContaining({
        goal: 'Report sales by attributed channel.\n',
        after: ['kamal-migration'],
        model: 'opus',
      }),
      expect.objectContaining({ goal: 'no name' }),
    ],
  })
})

const session = (lines: string) => `sessions:\n  - name: a\n    goal: x\n${lines}`
test.each([
  [
    'an unknown key',
    PLAN.replace('owns:', 'ouns:'),
    'PLAN_INVALID',
    'p.yaml:8: sessions[0].ouns: unknown key; did you mean "owns"?',
  ],
  [
    'an unknown key at the top',
    `sesions: []\n${PLAN}`,
    'PLAN_INVALID',
    'p.yaml:1: sesions: unknown key; did you mean "sessions"?',
  ],
  [
    'an unknown limit',
    PLAN.replace('active', 'actve'),
    'PLAN_INVALID',
    'p.yaml:2: limits.actve: unknown key; did you mean "active"?',
  ],
  [
    'a wrong type',
    session('    owns: src\n'),
    'PLAN_INVALID',
    'p.yaml:4: sessions[0].owns: Invalid input: expected array, received string',
  ],
  [
    'a missing goal',
    'target: main\nsessions:\n  - name: a\n',
    'PLAN_INVALID',
    'p.yaml:3: sessions[0].goal: Invalid input: expected string, received undefined',
  ],
  ['no sessions', 'target: main\n', 'PLAN_INVALID', 'sessions: Invalid input'],
  ['an empty file', '', 'PLAN_INVALID', 'p.yaml:1: '],
  ['a list', '- a\n', 'PLAN_INVALID', 'p.yaml:1: '],
  ['a duplicate key', session('    goal: y\n'), 'PLAN_INVALID', 'p.yaml:4: Map keys must be unique'],
  ['a broken line', 'target: [a\nsessions:\n', 'PLAN_INVALID', 'p.yaml:2: '],
  ['a tag', `${PLAN}target2: !!js/function x\n`, 'PLAN_INVALID', 'p.yaml:15: Unresolved tag'],
  ['two documents', `${PLAN}---\n${PLAN}`, 'PLAN_INVALID', 'p.yaml:15: '],
  [
    'a prototype',
    `__proto__: { polluted: yes }\n${PLAN}`,
    'PLAN_INVALID',
    'p.yaml:1: __proto__: unknown key',
  ],
  [
    'a duplicate name',
    `${session('')}  - name: A\n    goal: y\n`,
    'PLAN_INVALID',
    'p.yaml:4: sessions[1].name: "A" is the name of the session on line 2 as well.',
  ],
  [
    'an unknown after',
    PLAN.replace('[kamal-migration]', '[kamal-migratoin]'),
    'PLAN_INVALID',
    'p.yaml:12: sessions[1].after[0]: There is no session "kamal-migratoin"; did you mean "kamal-migration"?',
  ],
  [
    'a cycle',
    `${session('    after: [b]\n')}  - name: b\n    goal: y\n    after: [a]\n`,
    'PLAN_CYCLE',
    'p.yaml:1: sessions: These wait for each other: a -> b -> a.',
  ],
  [
    'a glob',
    session('    owns:\n      - src/**\n      - ../x\n'),
    'GLOB_INVALID',
    'p.yaml:6: sessions[0].owns[1]: The glob "../x" leaves the repository',
  ],
  [
    'a shared glob',
    `shared: [/etc]\n${PLAN.replace(/shared.*\n/, '')}`,
    'GLOB_INVALID',
    'p.yaml:1: shared[0]: ',
  ],
  [
    'a name',
    session('').replace('name: a', 'name: a/b'),
    'NAME_INVALID',
    'p.yaml:2: sessions[0].name: The name "a/b" holds "/"',
  ],
])('%s is refused, with its line and key', (_, text, code, message) => {
  expect(() => parsePlan(text, 'p.yaml')).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error,
  )
})

test('live sessions may be waited for', () => {
  const text = session('    after: [running]\n')
  expect(() => parsePlan(text, 'p.yaml')).toThrow('There is no session "running"')
  expect(parsePlan(text, 'p.yaml', ['running']).sessions[0]?.after).toEqual(['running'])
})

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...[...'bcdefgh'].map((name, n) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[n]}`).join(', ')}]`),
].join('\n')
test.each([
  ['an alias bomb', bomb],
  ['explicit keys', '? '.repeat(400_000)],
  ['open brackets', '['.repeat(500_000)],
  ['nested lists', '- '.repeat(400_000)],
  ['many keys', Array.from({ length: 90_000 }, (_, n) => `k${n}: 1`).join('\n')],
  ['anchors', '&a '.repeat(300_000)],
  ['more than a mebibyte', `goal: ${'x'.repeat(1024 * 1024)}`],
  ['NULs', '\0'.repeat(1000)],
])('hostile YAML is refused: %s', (_, text) => {
  expect(() => parsePlan(text, 'p.yaml')).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }) as Error)
})

test('aliases that only share a list are fine, and a long goal is', () => {
  const text = `shared: &s [a, b]\nsessions:\n  - goal: ${'word '.repeat(100_000)}\n    owns: *s\n`
  expect(parsePlan(text, 'p.yaml').sessions[0]?.owns).toEqual(['a', 'b'])
})

const published = (name: string) => join(import.meta.dirname, '../../docs/reference', name)
test('the published schemas are current (vitest run test/partition -u writes them)', async () => {
  await expect(`${JSON.stringify(planSchema(), null, 2)}\n`).toMatchFileSnapshot(
    published('plan.schema.json'),
  )
  await expect(`${JSON.stringify(configSchema(), null, 2)}\n`).toMatchFileSnapshot(
    published('config.schema.json'),
  )
})

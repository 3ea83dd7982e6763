import { expect, test } from 'vitest'
import { nameFromGoal, order, overlaps, validateGlob, validateName } from '../../src/partition/index.ts'

const coded = (code: string) => expect.objectContaining({ code }) as Error
const codeOf = (body: () => unknown) => {
  try {
    body()
    return 'fine'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test.each([
  '',
  ' ',
  '/etc/passwd',
  '~/x',
  'C:\\x',
  '../x',
  'a/../b',
  '{a,..}/b',
  'a\0b',
  'a\nb',
  '!src/**',
  '.git/config',
  './.git',
  'src/[a',
  'src/{a',
  './',
  'a//b',
  'a'.repeat(501),
])('the glob %j is refused', (glob) => expect(() => validateGlob(glob)).toThrow(coded('GLOB_INVALID')))

test.each([
  'src/**',
  '.github/**',
  'a.b',
  'package.json',
  'src/..foo',
  '{a,b}/*.ts',
  '.',
  'Ünï/ä b.txt',
  '-x',
  '.gitignore',
])('the glob %j is taken', (glob) => expect(validateGlob(glob)).toBe(glob))

test.each([
  '',
  'a/b',
  'a b',
  '-a',
  '.a',
  '_a',
  'a..b',
  'a.lock',
  'A.LOCK',
  'a.',
  'HEAD',
  'head',
  'a\u0007',
  'a\n',
  'ä',
  '..',
  'a:b',
  'a~',
  'a'.repeat(61),
])('the name %j is refused', (name) => expect(() => validateName(name)).toThrow(coded('NAME_INVALID')))

test.each(['a', 'kamal-migration', 'v1.2', 'A_b', '1', 'a'.repeat(60)])('the name %j is taken', (name) =>
  expect(validateName(name)).toBe(name),
)

test.each([
  ['Move the deployment from Heroku to Kamal.', 'move-deployment-heroku-kamal'],
  ['Fix the bug in sales attribution', 'fix-bug-sales-attribution'],
  ['Please fix src/app.ts!', 'fix-src-app-ts'],
  ['Größe ändern: straße & naïve œuvre', 'grosse-andern-strasse-naive-oeuvre'],
  ["Don't use the API's v2", 'dont-apis-v2'],
  ['直して', 'session'],
  ['to be or not to be', 'not'],
  ['is it', 'is-it'],
  ['head', 'head-2'],
  ['-rf / --no-preserve-root', 'rf-no-preserve-root'],
  ['x'.repeat(100), 'x'.repeat(40)],
])('the goal %j is named %j', (goal, name) => expect(nameFromGoal(goal)).toBe(name))

test('names made from goals are valid and unique, also when only case differs', () => {
  const taken = new Set(['Fix-Bug'])
  const names = Array.from({ length: 12 }, () => {
    const name = nameFromGoal('Fix the bug', taken)
    taken.add(name)
    return name
  })
  expect(names.slice(0, 2)).toEqual(['fix-bug-2', 'fix-bug-3'])
  expect(new Set(names).size).toBe(12)
  const long = nameFromGoal('x'.repeat(100), ['x'.repeat(40)])
  expect(long).toBe(`${'x'.repeat(38)}-2`)
  for (const name of [...names, long]) expect(validateName(name)).toBe(name)
})

test('two briefs in a shared area overlap though they mean different files in it', () => {
  const briefs = [
    { name: 'one', owns: ['db/migrations/1.sql'] },
    { name: 'two', owns: ['db/migrations/2.sql'] },
    { name: 'three', owns: ['src/**'] },
  ]
  expect(overlaps(briefs, [])).toEqual([])
  expect(overlaps(briefs, [], ['db/migrations/**', 'src/types/**'])).toEqual([
    { a: 'one', b: 'two', globs: ['db/migrations/**'], paths: [] },
  ])
})

test('overlaps name the pair, the globs and tracked files that both claim', () => {
  const files = [
    'package.json',
    'src/a.ts',
    'src/b.ts',
    'docs/x.md',
    ...Array.from({ length: 20 }, (_, n) => `lib/${n}.ts`),
  ]
  const briefs = [
    { name: 'one', owns: ['src/**', 'package.json'] },
    { name: 'two', owns: ['docs', 'src/b.ts', 'package.json'] },
    { name: 'three', owns: ['lib'] },
    { name: 'four', owns: ['lib/**', 'new/**'] },
    { name: 'five', owns: ['new/thing.ts'] },
    { name: 'six', owns: [] },
  ]
  const found = overlaps(briefs, files)
  expect(found.map(({ a, b, globs }) => ({ a, b, globs }))).toEqual([
    { a: 'one', b: 'two', globs: ['src/** & src/b.ts', 'package.json'] },
    { a: 'three', b: 'four', globs: ['lib & lib/**'] },
    { a: 'four', b: 'five', globs: ['new/** & new/thing.ts'] },
  ])
  expect(found[0]?.paths).toEqual(['package.json', 'src/b.ts'])
  expect(found[1]?.paths).toHaveLength(5)
  // Nobody has made it yet.
  expect(found[2]?.paths).toEqual([])
})

test('briefs that wait for each other, directly or not, do not overlap', () => {
  const owns = ['src/**']
  const briefs = [
    { name: 'a', owns },
    { name: 'b', owns: [], after: ['a'] },
    { name: 'c', owns, after: ['b'] },
    { name: 'd', owns, after: ['a'] },
  ]
  expect(overlaps(briefs, []).map(({ a, b }) => `${a} ${b}`)).toEqual(['c d'])
})

test('waves follow from what waits for what', () => {
  const wait = (name: string, ...after: string[]) => ({ name, after })
  expect(
    order([wait('d', 'b', 'c'), wait('b', 'a'), wait('c'), wait('a'), wait('e', 'live')], ['live']),
  ).toEqual([['c', 'a', 'e'], ['b'], ['d']])
  expect(order([])).toEqual([])
  expect(() => order([wait('a', 'aa'), wait('ab')])).toThrow(
    '"a" waits for "aa", which is no session; did you mean "ab"?',
  )
  expect(() => order([wait('x'), wait('a', 'x', 'b'), wait('b', 'c'), wait('c', 'a')])).toThrow(
    'a -> b -> c -> a',
  )
  expect(codeOf(() => order([wait('a', 'a')]))).toBe('PLAN_CYCLE')
  const chain = Array.from({ length: 5000 }, (_, n) => wait(`${n}`, ...(n ? [`${n - 1}`] : ['4999'])))
  expect(codeOf(() => order(chain))).toBe('PLAN_CYCLE')
})

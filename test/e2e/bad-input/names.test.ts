/** Names, branches, directories and bases that cannot be, and commands that are none. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../fixtures/world.ts'
import { commits, refused, works } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.cli(['ls'])
  world.git(['branch', 'taken'])
  world.git(['worktree', 'add', '-q', join(world.dir, 'beside'), '-b', 'elsewhere'])
  mkdirSync(join(world.dir, 'shop.worktrees/there'), { recursive: true })
  mkdirSync(join(world.dir, 'foreign'))
})
afterAll(() => world.close())

const run = (...options: string[]) => ['run', 'Do it', ...options, '--', ...commits('x')]

describe('a name', () => {
  test.each([
    ['a/b', 'holds "/"'],
    ['a b', 'holds a space'],
    ['-x', 'does not begin with a letter or digit'],
    ['grün', 'holds "ü"'],
    ['', 'is empty'],
    ['..', 'does not begin with a letter or digit'],
    ['a..b', 'holds ".."'],
    ['n'.repeat(61), 'is longer than 60 characters'],
    ['HEAD', 'is reserved by git'],
    ['a.lock', 'ends with ".lock"'],
    ['a\u001b[31mb', 'holds "\\u001b"'],
  ])('%j is refused with the reason', async (name, says) => {
    await refused(world, run('--name', name), { code: 'NAME_INVALID', says, hint: 'letters, digits' })
  })

  test('a goal in any script gives a valid name', async () => {
    const started = await world.cli(['run', '--json', '支払いを直す', 'Über-Größe/../ändern', '--', 'true'])
    const { sessions } = JSON.parse(started.stdout) as { sessions: { name: string }[] }
    expect(sessions.map((s) => s.name)).toEqual(['session', 'uber-grosse-andern'])
  })

  test('those who ask at the same moment get names, branches and directories of their own', async () => {
    const ask = () => world.json<{ sessions: { name: string }[] }>(['run', 'At once', '--', 'true'])
    const started = await Promise.all([ask(), ask(), ask()])
    const names = started.flatMap(({ sessions }) => sessions.map(({ name }) => name))
    expect(names.toSorted()).toEqual(['once', 'once-2', 'once-3'])
    for (const name of names) await world.until(name, (s) => s.process.state === 'exited', 'ends')
  })

  test('one taken is refused, also in other case and by rename', async () => {
    await works(world, 'first')
    const hint = 'worktrain ls'
    await refused(world, run('--name', 'FIRST'), { code: 'NAME_TAKEN', says: 'session called first', hint })
    await refused(world, ['rename', 'session', 'first'], { code: 'NAME_TAKEN', says: 'called first', hint })
    await refused(world, ['rename', 'session', 'a b'], {
      code: 'NAME_INVALID',
      says: 'a space',
      hint: 'letters',
    })
  })
})

describe('a branch, a directory, a base', () => {
  test.each<[string, string[], Parameters<typeof refused>[2]]>([
    [
      'a branch that exists',
      ['--branch', 'taken'],
      { code: 'BRANCH_EXISTS', says: 'Branch taken exists already', hint: '--existing-branch' },
    ],
    [
      'a branch that does not exist, to go on with',
      ['--branch', 'nope', '--existing-branch'],
      { code: 'BASE_UNKNOWN', says: 'no branch nope', hint: 'exists in this repository' },
    ],
    [
      'the branch of the main checkout',
      ['--branch', 'main', '--existing-branch'],
      { code: 'BRANCH_CHECKED_OUT', says: 'checked out at', hint: 'choose another branch' },
    ],
    [
      'the branch of another worktree',
      ['--branch', 'elsewhere', '--existing-branch'],
      { code: 'BRANCH_CHECKED_OUT', says: 'beside', hint: 'choose another branch' },
    ],
    [
      'a branch name that git refuses',
      ['--branch', 'a..b'],
      { code: 'BRANCH_INVALID', says: '"a..b"', hint: 'git check-ref-format' },
    ],
    [
      'a directory that exists',
      ['--name', 'there'],
      {
        code: 'DIRECTORY_EXISTS',
        says: 'shop.worktrees/there exists already',
        hint: 'choose another --name',
      },
    ],
    [
      'an existing directory that does not exist',
      ['--existing', 'nowhere'],
      { code: 'DIRECTORY_UNUSABLE', says: 'There is no directory', hint: 'worktree of this repository' },
    ],
    [
      'an existing directory of no worktree',
      ['--existing', '../foreign'],
      { code: 'DIRECTORY_UNUSABLE', says: 'not in a worktree of', hint: 'worktree of this repository' },
    ],
    [
      'an existing directory on another branch than named',
      ['--existing', '../beside', '--branch', 'taken'],
      { code: 'DIRECTORY_UNUSABLE', says: 'elsewhere is checked out there', hint: 'name elsewhere' },
    ],
    [
      'the main checkout while it is on what everything lands on',
      ['--existing', '.'],
      { code: 'DIRECTORY_UNUSABLE', says: 'what everything lands on', hint: 'git switch -c' },
    ],
    [
      'a base that is not known',
      ['--base', 'nope'],
      { code: 'BASE_UNKNOWN', says: 'called "nope"', hint: 'Name a branch, tag or commit' },
    ],
    [
      'a session to wait for that is not known',
      ['--after', 'nope'],
      { code: 'SESSION_UNKNOWN', says: 'wait for "nope"', hint: 'worktrain ls' },
    ],
    [
      'a glob that leaves the repository',
      ['--owns', '../secrets/**'],
      { code: 'GLOB_INVALID', says: 'leaves the repository', hint: 'relative to the repository' },
    ],
    [
      'a glob that is none',
      ['--avoid', '[a'],
      { code: 'GLOB_INVALID', says: 'Missing closing', hint: 'glob' },
    ],
  ])('%s', async (_title, options, expected) => {
    await refused(world, run(...options), expected)
  })

  test('the existing branch, the existing worktree and the named base work', async () => {
    const { done } = await works(world, 'second', ['--branch', 'taken', '--existing-branch'])
    expect(world.git(['rev-parse', 'taken'])).toBe(done.head)
    const beside = await works(world, 'beside', ['--existing', '../beside', '--base', 'main'])
    expect(beside.done).toMatchObject({ branch: 'elsewhere', workspace: { kind: 'existing' } })
    expect(world.git(['show', 'elsewhere:beside.txt'])).toBe('beside.txt')
    await refused(world, run('--existing', '../beside'), {
      code: 'BRANCH_CHECKED_OUT',
      says: 'belongs to session beside',
      hint: 'worktrain rm beside',
    })
  })
})

describe('a command line', () => {
  test.each<[string[], Parameters<typeof refused>[2]]>([
    [['rum', 'x'], { code: 'USAGE', says: 'did you mean', hint: 'worktrain --help' }],
    [
      ['run', 'x', '--frobnicate'],
      { code: 'USAGE', says: "Unknown option '--frobnicate'", hint: 'run --help' },
    ],
    [['run'], { code: 'USAGE', says: 'What shall be done?', hint: 'run --help' }],
    [['run', 'x', '--base'], { code: 'USAGE', says: 'argument missing', hint: 'run --help' }],
    [
      ['run', 'a', 'b', '--name', 'n'],
      { code: 'USAGE', says: '--name is for one session', hint: 'run --help' },
    ],
    [['land'], { code: 'USAGE', says: 'Missing required argument', hint: 'land --help' }],
    [['train', 'backwards'], { code: 'USAGE', says: 'Allowed choices are pause', hint: 'train --help' }],
    [
      ['train', 'eject', 'nope'],
      { code: 'SESSION_UNKNOWN', says: 'no change "nope"', hint: 'worktrain train' },
    ],
    [['why', 'nope'], { code: 'SESSION_UNKNOWN', says: 'called "nope"', hint: 'worktrain ls --all' }],
    [['restore', 'nope'], { code: 'SESSION_UNKNOWN', says: 'called "nope"', hint: 'worktrain ls --all' }],
    [
      ['logs', 'first', '--bytes', '-1'],
      { code: 'USAGE', says: 'whole number', hint: 'worktrain logs --help' },
    ],
    [['why', 's'], { code: 'NAME_AMBIGUOUS', says: 'second or session', hint: 'more of the name' }],
  ])('%j', async (args, expected) => {
    await refused(world, args, expected)
  })
})

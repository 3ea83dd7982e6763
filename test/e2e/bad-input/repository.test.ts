/** Directories and repositories that sessions cannot start from, or only in a certain way. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, writeFiles, type World } from '../../fixtures/world.ts'
import { commits, refused, stays, unwrapped, works } from './refusal.ts'

const run = ['run', 'Do it', '--name', 'early', '--', ...commits('early.txt')]

describe('a directory', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ bare: true })
    for (const name of ['nothing', 'empty']) mkdirSync(join(world.dir, name))
    world.git(['init', '-q'], join(world.dir, 'empty'))
    world.git(['init', '-q', '--bare', 'bare.git'], world.dir)
    await world.cli(['ls'])
  })
  afterAll(() => world.close())

  const told: [string, Parameters<typeof refused>[2]][] = [
    ['nothing', { code: 'REPO_NOT_FOUND', says: 'is not in a git repository', hint: '--repo DIR' }],
    ['bare.git', { code: 'REPO_BARE', says: 'is a bare repository', hint: 'Clone it with a work tree' }],
    ['empty', { code: 'REPO_EMPTY', says: 'has no commit yet', hint: 'Make a first commit' }],
  ]
  test.each(told)('%s: every command that needs a repository says so', async (name, expected) => {
    const cwd = join(world.dir, name)
    for (const args of [run, ['train'], ['init', '--write']])
      await refused(world, args, { ...expected, cwd, repo: cwd })
  })

  test('one that is not there, by --repo', async () => {
    const says = 'There is no directory'
    await refused(world, [...run.slice(0, 2), '--repo', 'nowhere', '--', 'true'], {
      code: 'REPO_NOT_FOUND',
      says,
      hint: '--repo DIR',
      cwd: world.dir,
    })
  })

  test('an empty repository works after its first commit; so does a clone of a bare one', async () => {
    const repo = join(world.dir, 'empty')
    world.git(['commit', '-q', '--allow-empty', '-m', 'First'], repo)
    await works(world, 'filled', [], repo)
    world.git(['push', '-q', '../bare.git', 'HEAD:main'], repo)
    world.git(['clone', '-q', 'bare.git', 'clone'], world.dir)
    const { text } = await works(world, 'cloned', [], join(world.dir, 'clone'))
    expect(text).toMatch(/base +origin\/main at [0-9a-f]{10} \(fetched now\)/)
  })
})

describe('a checkout', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  test('with a link for its workspaces directory: they are made, and can be removed', async () => {
    const [link, real] = [join(world.dir, 'link'), join(world.dir, 'real')]
    mkdirSync(real)
    symlinkSync(real, link)
    const file = join(world.repo, '.worktrain.local.toml')
    writeFileSync(file, `[workspaces]\ndirectory = ${JSON.stringify(link)}\n`)
    await world.json(['trust', '--yes'])
    await works(world, 'linkedplace')
    expect(existsSync(join(real, 'linkedplace/.git'))).toBe(true)
    expect((await world.cli(['rm', 'linkedplace', '--discard'])).code).toBe(0)
    expect(readdirSync(real)).toEqual(['.trash'])
    rmSync(file)
  })

  test('detached and dirty: a session starts from the branch, shown; the dirt is untouched', async () => {
    const main = world.git(['rev-parse', 'main'])
    world.git(['checkout', '-q', '--detach'])
    world.git(['commit', '-q', '--allow-empty', '-m', 'On no branch'])
    writeFileSync(join(world.repo, 'README.md'), '# Shop, half rewritten\n')
    writeFiles(world.repo, { 'staged.txt': 'staged', 'untracked.txt': 'new' })
    world.git(['add', 'staged.txt'])
    const before = world.git(['status', '--porcelain'])
    const index = readFileSync(join(world.repo, '.git/index'))
    const { done, text } = await works(world, 'clean')
    expect(text).toContain(`base       Local main at ${main.slice(0, 10)}: there is no remote.`)
    expect(done.base.oid).toBe(main)
    expect(
      world
        .git(['ls-tree', '-r', '--name-only', done.head ?? ''])
        .split('\n')
        .sort(),
    ).toEqual(['.gitignore', 'README.md', 'check.sh', 'clean.txt'].sort())
    await world.json(['land', 'clean'])
    await world.until('clean', (s) => s.stage === 'landed', 'lands')
    // Nothing is checked out on main: only the branch moved.
    expect(world.git(['status', '--porcelain'])).toBe(before)
    expect(readFileSync(join(world.repo, '.git/index'))).toEqual(index)
    expect(world.git(['show', 'main:clean.txt'])).toBe('clean.txt')
  })
})

describe('a repository that was moved while a session ran', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    await works(world, 'done')
    await stays(world, 'live')
    renameSync(world.repo, join(world.dir, 'else where'))
  })
  afterAll(() => world.close())

  test('every command in its new place names the command that moves it back', async () => {
    const cwd = join(world.dir, 'else where')
    const expected = {
      code: 'REPO_MOVED',
      says: `was at ${world.repo} and is at ${cwd} now`,
      hint: `mv '${cwd}' ${world.repo}`,
      cwd,
      repo: cwd,
    } as const
    for (const args of [
      ['ls'],
      run,
      ['land', 'done'],
      ['why', 'live'],
      ['rm', 'done'],
      ['train'],
      ['doctor'],
    ])
      await refused(world, args, expected)
  })

  test('so do its workspaces, and commands from elsewhere; stop works', async () => {
    const hint = `Move the repository back to ${world.repo}`
    const cwd = join(world.dir, 'shop.worktrees/done')
    const says = 'This is a workspace of the repository at'
    for (const args of [['ls'], run]) await refused(world, args, { code: 'REPO_MOVED', says, hint, cwd })
    const moved = {
      code: 'REPO_MOVED',
      says: 'is not there any more',
      hint: world.repo,
      cwd: world.dir,
    } as const
    for (const args of [
      ['land', 'done'],
      ['diff', 'done'],
      ['rm', 'done'],
    ])
      await refused(world, args, moved)
    const stopped = await world.cli(['stop', 'live'], { cwd: world.dir })
    expect([stopped.code, stopped.stderr]).toEqual([0, ''])
    await refused(world, ['resume', 'live'], moved)
    expect(existsSync(world.repo)).toBe(false)
  })

  test('moved back, also after a restart of the supervisor, everything works', async () => {
    expect((await world.cli(['daemon', 'restart'], { cwd: world.dir })).code).toBe(0)
    renameSync(join(world.dir, 'else where'), world.repo)
    const { stdout } = await world.cli(['ls'])
    expect(unwrapped(stdout)).toMatch(/done .* handed off|handed off .* done/)
    await world.json(['land', 'done'])
    await world.until('done', (s) => s.stage === 'landed', 'lands')
    expect(readFileSync(join(world.repo, 'done.txt'), 'utf8')).toBe('done.txt\n')
    await world.json(['resume', 'live'])
    await world.until('live', (s) => s.process.generation === 2 && s.process.state === 'running', 'goes on')
    await works(world, 'new')
    world.git(['fsck', '--strict'])
  })
})

/** A person looks at a session's work in their own checkout and goes back, through the built product. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Outputs, SpotlightView } from '../../src/protocol/api.ts'
import { BIN, createWorld, type World, writeFiles } from '../fixtures/world.ts'
import { picture } from '../spotlight/scene.ts'

let world: World
beforeEach(async () => {
  world = await createWorld({
    files: { 'a.txt': 'a\n', 'b.txt': 'b\n', 'm.txt': 'm\n', 'sub/deep.txt': 'deep\n' },
  })
})
afterEach(async () => {
  await world.close()
})

const CHECK = 'test ! -e broken'
async function worked(name: string, script: string): Promise<string> {
  await world.json(['run', `Do ${name}`, '--name', name, '--check', CHECK, '--', '/bin/sh', '-c', script])
  const s = await world.until(
    name,
    (each) => each.process.state === 'exited' && each.lastSnapshot !== null,
    'ends',
  )
  return s.workspace.path
}
const content = (path: string) => readFileSync(join(world.repo, path), 'utf8')

/** HEAD's branch is told beside it: others move while it is looked at. */
function own(): Record<string, string> {
  const { heads: _, ...rest } = picture(world.repo)
  return rest
}

test('there, once more, and back, while the train lands on the branch', async () => {
  const workspace = await worked('kamal', 'echo k > a.txt; git commit -qam k; echo new > new.txt')
  await worked('land', 'echo landed > landed.txt; git add .; git commit -qm landed')
  writeFiles(world.repo, { 'b.txt': 'mine\n', '.env': 'SECRET=1\n', 'notes.txt': 'mine\n' })
  world.git(['add', 'b.txt'])
  writeFiles(world.repo, { 'b.txt': 'mine, changed\n' })
  const was = own()

  const shown = await world.cli(['spotlight', 'kamal'])
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toMatch(/shows kamal, snapshot \d+ \(its newest\)/)
  expect([content('a.txt'), content('new.txt'), content('b.txt'), content('.env')]).toEqual([
    'k\n',
    'new\n',
    'b\n',
    'SECRET=1\n',
  ])
  expect(world.git(['status', '--porcelain', '--branch'])).toBe('## HEAD (no branch)\n?? notes.txt')
  // Nothing of a session's becomes configuration because it is looked at, and the target is what it was.
  expect((await world.json<Outputs['train']>(['train'])).target).toBe('main')

  writeFileSync(join(workspace, 'new.txt'), 'newer\n')
  await world.json(['review', 'kamal'])
  const [view] = await world.json<SpotlightView[]>(['spotlight'])
  expect(view).toMatchObject({
    checkout: world.repo,
    shown: { name: 'kamal', behind: 1 },
    head: { branch: 'main' },
    odd: null,
  })
  expect((await world.cli(['spotlight'])).stdout).toContain('1 saved state behind')
  await world.json(['spotlight', 'kamal'])
  expect(content('new.txt')).toBe('newer\n')

  // Main is checked out nowhere now: the train moves it, and touches nothing here.
  await world.json(['land', 'land'])
  await world.until('land', (s) => s.stage === 'landed', 'lands')
  expect(existsSync(join(world.repo, 'landed.txt'))).toBe(false)
  writeFiles(world.repo, { 'a.txt': 'tried\n' })

  const off = await world.json<Outputs['spotlightOff']>(['spotlight', '--off'])
  expect(off).toMatchObject({
    ended: { head: { branch: 'main' }, how: 'back' },
    edits: { files: ['a.txt'] },
    notes: [],
  })
  expect(world.git(['show', `${off.edits?.commit}:a.txt`])).toBe('tried')
  expect(content('landed.txt')).toBe('landed\n')
  rmSync(join(world.repo, 'landed.txt'))
  const now = own()
  for (const key of Object.keys(was).filter((each) => each.startsWith('file ')))
    expect(now[key], key).toBe(was[key])
  expect(world.git(['status', '--porcelain', '--branch'])).toBe(
    '## main\nMM b.txt\n D landed.txt\n?? notes.txt',
  )
  expect((await world.cli(['spotlight', '--off'])).stdout).toContain('nothing was done')
  const events = (await world.client.call('events', { limit: 10_000 })).filter((e) =>
    e.type.startsWith('spotlight.'),
  )
  expect(events.map(({ type }) => type.slice(10))).toEqual([
    'begun',
    'kept',
    'moving',
    'shown',
    'moving',
    'shown',
    'edited',
    'moving',
    'ended',
  ])
  expect(new Set(events.map(({ actor }) => actor.kind))).toEqual(new Set(['person']))
})

test('what a session calls configuration is none, and a branch without a name known elsewhere stays the target', async () => {
  world.git(['branch', '-m', 'main', 'trunk'])
  writeFiles(world.repo, { '.worktrain.toml': '[limits]\nactive = 3\n' })
  world.git(['add', '.worktrain.toml'])
  await worked('kamal', 'echo "checks = [\\"touch /tmp/x\\"]" > .worktrain.toml; echo x > a.txt')
  const before = await world.json<Outputs['config']>(['config'])
  await world.json(['spotlight', 'kamal'])
  expect(content('.worktrain.toml')).toContain('touch')
  expect(await world.json<Outputs['config']>(['config'])).toEqual(before)
  expect((await world.json<Outputs['train']>(['train'])).target).toBe('trunk')
  await world.json(['spotlight', '--off'])
  expect(content('.worktrain.toml')).toContain('active = 3')
})

test('refuses what would cost something, with exit code 3, and changes nothing', async () => {
  const workspace = await worked('kamal', 'echo k > new.txt')
  writeFiles(world.repo, { 'new.txt': 'mine\n' })
  const was = own()
  const refused = await world.cli(['spotlight', 'kamal'])
  expect(refused.code).toBe(3)
  expect(refused.stderr).toContain('new.txt')
  expect(await world.cli(['spotlight', 'kamal', '--checkout', workspace])).toMatchObject({ code: 1 })
  expect(await world.cli(['spotlight', 'kamal', '--off'])).toMatchObject({ code: 2 })
  expect(own()).toEqual(was)
  expect(await world.json(['spotlight'])).toEqual([])
})

test('in a worktree that is moved meanwhile, and from a directory that is gone meanwhile', async () => {
  await worked('kamal', 'git rm -qr sub; git commit -qm k; echo k > a.txt')
  const [first, moved] = [join(world.dir, 'first'), join(world.dir, 'mo ved')]
  world.git(['worktree', 'add', '-q', '-b', 'side', first])
  writeFileSync(join(first, 'a.txt'), 'mine\n')
  const shown = await world.cli(['spotlight', 'kamal', '--checkout', first])
  expect(shown.stdout).toContain(`back to it: worktrain spotlight --off --checkout ${first}`)
  world.git(['worktree', 'move', first, moved])
  expect(await world.json<SpotlightView[]>(['spotlight'])).toMatchObject([{ checkout: moved, odd: null }])
  const elsewhere = await world.cli(['spotlight', '--off'])
  expect(elsewhere.stdout).toContain(
    `${moved} shows kamal; back: worktrain spotlight --off --checkout '${moved}'`,
  )
  const off = await world.json<Outputs['spotlightOff']>(['spotlight', '--off', '--checkout', moved])
  expect(off).toMatchObject({ ended: { head: { branch: 'side' }, until: null }, edits: null })
  expect(readFileSync(join(moved, 'a.txt'), 'utf8')).toBe('mine\n')

  await world.json(['spotlight', 'kamal'])
  expect(existsSync(join(world.repo, 'sub'))).toBe(false)
  const script = `mkdir sub && cd sub && rmdir ../sub && "$@"`
  const command = [process.execPath, BIN, 'spotlight', '--off']
  const done = spawnSync('/bin/sh', ['-c', script, 'sh', ...command], {
    cwd: world.repo,
    env: world.env,
    encoding: 'utf8',
  })
  expect(done).toMatchObject({ status: 0, stderr: '' })
  expect(content('sub/deep.txt')).toBe('deep\n')
})

test('the supervisor is killed in the middle, and the next one puts everything back', async () => {
  await worked('kamal', 'echo k > a.txt; echo k > m.txt')
  const reached = join(world.dir, 'reached')
  const filter = join(world.dir, 'filter')
  writeFileSync(
    filter,
    `#!/bin/sh\nif [ -f ${world.dir}/armed ]; then rm ${world.dir}/armed; echo $PPID > ${reached}; kill -9 $(cat ${world.dir}/supervisor) $PPID; fi\ncat\n`,
  )
  chmodSync(filter, 0o755)
  world.git(['config', 'filter.deadly.smudge', filter])
  world.git(['config', 'filter.deadly.clean', 'cat'])
  writeFiles(world.repo, { '.git/info/attributes': 'm.txt filter=deadly\n', 'b.txt': 'mine\n' })
  const was = own()
  writeFileSync(join(world.dir, 'supervisor'), String(await world.supervisor()))
  writeFileSync(join(world.dir, 'armed'), '')
  expect((await world.cli(['spotlight', 'kamal'])).code).toBe(1)
  expect(existsSync(reached)).toBe(true)
  await world.json(['ls'])
  const ended = await world.untilEvent(({ type }) => type === 'spotlight.ended', 'is taken back')
  expect(ended.data).toMatchObject({ how: 'taken-back', head: { branch: 'main' } })
  expect(await world.json(['spotlight'])).toEqual([])
  expect(own()).toEqual(was)
  expect(await world.cli(['spotlight', 'kamal'])).toMatchObject({ code: 0 })
  expect(content('m.txt')).toBe('k\n')
  await world.json(['spotlight', '--off'])
  expect(own()).toEqual(was)
})

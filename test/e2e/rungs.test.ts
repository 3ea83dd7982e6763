/** Every rung, forced by configuration, through the product. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionView } from '../../src/protocol/api.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { noCell, noLandlock } from '../walls/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld({ env: { WORKTRAIN_WALLS: '' } })
})
afterEach(() => world.close())

const configure = (toml: string) => {
  const directory = join(world.env.WORKTRAIN_HOME ?? '', 'config')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'config.toml'), toml)
}
/** Reads a secret of Worktrain's, writes where it may not, may, and may by configuration; then works. */
const SCRIPT =
  'cat "$0/worktrain.log" "$0"/*.db | wc -c; echo x > ~/no; echo x > ~/shared/yes; echo hello > new.txt; git add -A; git commit -qm one'
const start = (name: string) =>
  world.json([
    'run',
    '--name',
    name,
    '--',
    '/bin/sh',
    '-c',
    SCRIPT,
    join(world.env.WORKTRAIN_HOME ?? '', 'state'),
  ])
const ended = (name: string) => world.until(name, (s) => s.stage === 'handed-off', 'hands off')
const wrote = (name: string) => existsSync(join(world.home, name))

for (const [rung, without] of [
  ['bubblewrap', noCell],
  ['landlock', noLandlock],
] as const) {
  test.skipIf(without)(`${rung}: walls set-up, session and checks${without}`, async () => {
    mkdirSync(join(world.home, 'shared'))
    configure(
      `setup = ["echo x > ~/no; echo s > setup.txt"]\nchecks = ["echo x > ~/no; test -e new.txt"]\n[cell]\nrung = "${rung}"\nwritable = ["~/shared"]\n`,
    )
    await start('one')
    const session = await ended('one')
    expect(session.cell.rung).toBe(rung)
    expect((await world.cli(['logs', 'one'])).stdout).toMatch(/^0\r?$/m)
    await world.json(['land', 'one'])
    await world.until('one', (s) => s.stage === 'landed', 'lands')
    expect([wrote('no'), wrote('shared/yes')]).toEqual([false, true])
    expect(readFileSync(join(session.workspace.path, 'setup.txt'), 'utf8')).toBe('s\n')
  })
}

test.skipIf(noCell || noLandlock)(
  `a session that is started again gets the rung there is then${noCell || noLandlock}`,
  async () => {
    configure('[cell]\nrung = "landlock"\n')
    await start('one')
    expect((await ended('one')).cell).toEqual({ rung: 'landlock', why: 'cell.rung is set to landlock.' })
    configure('')
    await world.json(['resume', 'one', 'again'])
    const again = await world.until('one', (s) => s.cell.rung !== 'landlock', 'is started again')
    expect(again.cell).toEqual({ rung: 'bubblewrap', why: '' })
  },
)

test('hooks are called advisory wherever they are shown', async () => {
  configure('[cell]\nrung = "hooks"\n')
  const state = join(world.env.WORKTRAIN_HOME ?? '', 'state')
  const run = await world.cli(['run', '--name', 'one', '--', '/bin/sh', '-c', SCRIPT, state])
  expect(run.stdout).toContain('hooks (advisory): cell.rung is set to hooks.')
  await ended('one')
  // What the walls stop above is not stopped here.
  expect(wrote('no')).toBe(true)
  expect((await world.cli(['logs', 'one'])).stdout).toMatch(/^[1-9]\d*\r?$/m)
  for (const args of [['ls'], ['why', 'one'], ['doctor']])
    expect((await world.cli(args)).stdout, args.join(' ')).toContain('advisory')
})

describe('is refused before anything is made', () => {
  test.each([
    [
      'a rung that cannot be had',
      'rung = "sandbox-exec"',
      'cell.rung is set to sandbox-exec, which cannot be had',
    ],
    ['a path that undoes the wall', 'writable = ["~"]', 'cell.writable: ~ is refused'],
  ])('%s', async (_, line, said) => {
    configure(`[cell]\n${line}\n`)
    const run = await world.cli(['run', '--name', 'one', '--', '/bin/true'])
    expect(run.code).not.toBe(0)
    expect(run.stderr).toContain(said)
    expect(await world.json<SessionView[]>(['ls'])).toEqual([])
  })

  test('what the repository says of its own cell counts only once trusted', async () => {
    writeFileSync(join(world.repo, '.worktrain.toml'), '[cell]\nrung = "hooks"\nreadable = ["~/.ssh"]\n')
    const run = await world.cli(['run', '--json', '--name', 'one', '--', '/bin/true'])
    expect(run.code).not.toBe(0)
    expect(run.stdout + run.stderr).toMatch(/cell.rung: hooks[^]*cell.readable: ~\/.ssh/)
  })
})

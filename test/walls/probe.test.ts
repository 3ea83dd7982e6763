import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../src/platform/run.ts'
import { diagnoseBubblewrap, diagnoseLandlock, type MachineFacts } from '../../src/walls/enable.ts'
import { buildCell, gapsOf, probeRung, probeWalls } from '../../src/walls/index.ts'
import { noCell, noLandlock } from './world.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'worktrain-probe-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** A bwrap that fails as it does where user namespaces are forbidden. */
function brokenBwrap(): string {
  const path = join(dir, 'bwrap')
  writeFileSync(
    path,
    '#!/bin/sh\n[ "$1" = --version ] && { echo bubblewrap 9; exit 0; }\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n',
  )
  chmodSync(path, 0o755)
  return `${dir}:${process.env.PATH}`
}

const spec = () => ({
  session: 's',
  workspace: dir,
  tempDir: join(dir, 'tmp'),
  home: dir,
  writable: [],
  readable: [],
  protect: [],
  hidden: [],
  network: true as const,
})

const PATH = process.env.PATH

describe.skipIf(process.platform !== 'linux')('the rung of this machine (Linux)', () => {
  test.skipIf(noLandlock)(
    `is Landlock where bubblewrap fails, with its own words, and a way out${noLandlock}`,
    async () => {
      const probe = await probeRung({ env: { PATH: brokenBwrap() }, cacheDir: dir })
      expect(probe).toMatchObject({
        rung: 'landlock',
        tools: { rung: 'landlock', abi: expect.any(Number) },
        why: expect.stringContaining('No permissions to create new namespace'),
      })
      expect(probe.enable).not.toBe('')
      // A failure is not remembered: it may be mended any time.
      expect(existsSync(join(dir, 'wall-bubblewrap.json'))).toBe(false)
      const launch = await buildCell(spec(), { argv: ['prog', 'a b'], env: { PATH: brokenBwrap() } })
      expect(launch).toMatchObject({ rung: 'landlock', why: probe.why, temp: join(dir, 'tmp') })
      expect(launch.argv.slice(-3)).toEqual(['--', 'prog', 'a b'])
    },
  )

  test('can be forced down by the variable, which wins over the configuration', async () => {
    const down = { PATH, WORKTRAIN_WALLS: 'hooks' }
    expect(await probeRung({ env: down, rung: 'landlock' })).toMatchObject({
      rung: 'hooks',
      tools: null,
      why: 'WORKTRAIN_WALLS is hooks.',
      enable: 'unset WORKTRAIN_WALLS',
    })
    expect(await probeRung({ env: { PATH }, rung: 'hooks' })).toMatchObject({
      rung: 'hooks',
      why: 'cell.rung is set to hooks.',
    })
    expect(await buildCell(spec(), { argv: ['prog', 'a b'], env: down })).toEqual({
      rung: 'hooks',
      why: 'WORKTRAIN_WALLS is hooks.',
      argv: ['prog', 'a b'],
      env: { TMPDIR: join(dir, 'tmp') },
      temp: join(dir, 'tmp'),
      hidden: [],
    })
  })

  test.each([
    ['the variable', { WORKTRAIN_WALLS: 'bubblewrap' }, 'auto' as const],
    ['the configuration', {}, 'bubblewrap' as const],
  ])('is refused when %s demands what cannot be had, with the way to it', async (_, env, rung) => {
    await expect(probeRung({ env: { PATH: brokenBwrap(), ...env }, rung })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('No permissions to create new namespace'),
      hint: expect.stringMatching(/./),
    })
    await expect(
      buildCell(spec(), { argv: ['prog'], env: { PATH: brokenBwrap(), ...env }, rung }),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('of another system is refused, and a word that is none', async () => {
    await expect(probeRung({ env: { PATH }, rung: 'sandbox-exec' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('macOS'),
    })
    await expect(probeRung({ env: { WORKTRAIN_WALLS: 'steel' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })

  test.skipIf(noCell)(`is remembered on disk until the machine or bubblewrap changes${noCell}`, async () => {
    const kept = join(dir, 'wall-bubblewrap.json')
    await probeRung({ env: { PATH }, cacheDir: dir, now: () => Date.now() + 48 * 3600_000 })
    const content = JSON.parse(readFileSync(kept, 'utf8'))
    const elsewhere = async (change: object) => {
      const tools = { ...content.tools, version: 'remembered' }
      writeFileSync(kept, JSON.stringify({ ...content, at: Date.now(), tools, ...change }))
      const script = `const { probeRung } = await import(process.argv[1]); console.log((await probeRung({ env: process.env, cacheDir: process.argv[2] })).tools.version)`
      const module = join(import.meta.dirname, '../../src/walls/index.ts')
      const result = await run(process.execPath, ['--input-type=module', '-e', script, module, dir], {
        env: { PATH },
      })
      return result.stdout.trim() || result.stderr
    }
    expect(await elsewhere({})).toBe('remembered')
    expect(await elsewhere({ key: 'another boot' })).toMatch(/^bubblewrap \d/)
    expect(await elsewhere({ at: Date.now() - 48 * 3600_000 })).toMatch(/^bubblewrap \d/)
    writeFileSync(kept, '{"key":')
    expect((await probeRung({ env: { PATH }, cacheDir: dir })).rung).toBe('bubblewrap')
  })
})

test('the table has a row for each wall, and hides no gap', async () => {
  const { walls, rungs } = await probeWalls({ env: { PATH, WORKTRAIN_WALLS: 'hooks' } })
  expect(walls.map((row) => row.wall)).toEqual([
    'files and processes',
    'git',
    'agent settings',
    'hook guard',
    'network',
  ])
  expect(walls[0]).toMatchObject({ rung: 'hooks (advisory)', ok: false, gaps: gapsOf('hooks') })
  for (const row of walls) {
    expect(row.gaps.length).toBeGreaterThan(0)
    expect(row.ok || row.why !== '').toBe(true)
  }
  expect(rungs.at(-1)).toMatchObject({ rung: 'hooks (advisory)', state: 'active' })
})

describe.skipIf(process.platform !== 'linux')('what doctor says of each rung (Linux)', () => {
  const states = async (env: Record<string, string | undefined>) =>
    Object.fromEntries((await probeWalls({ env })).rungs.map(({ rung, state }) => [rung, state]))

  test.skipIf(noCell || noLandlock)(`which is active and which possible${noCell || noLandlock}`, async () => {
    expect(await states({ PATH })).toEqual({
      bubblewrap: 'active',
      landlock: 'possible',
      'hooks (advisory)': 'possible',
    })
    expect(await states({ PATH, WORKTRAIN_WALLS: 'landlock' })).toMatchObject({
      bubblewrap: 'possible',
      landlock: 'active',
    })
  })

  test('which is missing, why, and the step to it; and that nothing starts when it is demanded', async () => {
    const env = { PATH: brokenBwrap(), WORKTRAIN_WALLS: 'bubblewrap' }
    const { walls, rungs } = await probeWalls({ env })
    expect(rungs[0]).toMatchObject({
      rung: 'bubblewrap',
      state: 'missing',
      why: expect.stringContaining('No permissions to create new namespace'),
      enable: expect.stringMatching(/./),
    })
    expect(walls[0]).toMatchObject({
      rung: 'none',
      ok: false,
      why: expect.stringContaining('Sessions do not start.'),
      enable: rungs[0]?.enable,
    })
  })
})

describe('the way to a better rung', () => {
  const machine: MachineFacts = {
    platform: 'linux',
    osRelease: 'ID=debian\n',
    apparmorRestricts: false,
    usernsClone: '',
    maxUserNamespaces: '100',
  }
  test.each([
    ['not installed, Debian', machine, null, 'apt install'],
    ['not installed, Fedora', { ...machine, osRelease: 'ID=fedora' }, null, 'dnf install'],
    [
      'not installed, Rocky',
      { ...machine, osRelease: 'NAME=x\nID="rocky"\nID_LIKE="rhel centos fedora"' },
      null,
      'dnf install',
    ],
    ['not installed, Manjaro', { ...machine, osRelease: 'ID=manjaro\nID_LIKE=arch' }, null, 'pacman -S'],
    ['not installed, unknown', { ...machine, osRelease: '' }, null, 'bubblewrap'],
    ['AppArmor', { ...machine, apparmorRestricts: true }, 'x', '/etc/apparmor.d/bwrap'],
    ['sysctl', { ...machine, usernsClone: '0' }, 'x', 'unprivileged_userns_clone=1'],
    ['limit', { ...machine, maxUserNamespaces: '0' }, 'x', 'max_user_namespaces'],
    ['container', machine, 'x', 'seccomp'],
  ])('%s', (_, facts, said, step) => {
    const { why, enable } = diagnoseBubblewrap(facts, said)
    expect(enable).toContain(step)
    expect(why).toContain(said === null ? 'not installed' : said)
  })

  test.each([
    ['no perl, Debian', machine, null, 'perl-base'],
    ['no perl, Fedora', { ...machine, osRelease: 'ID=fedora' }, null, 'perl-interpreter'],
    ['old kernel', machine, 'this kernel has no Landlock: Function not implemented', 'kernel'],
    ['switched off', machine, 'this kernel has no Landlock: Operation not supported', 'lsm='],
    ['forbidden', machine, 'this kernel has no Landlock: Operation not permitted', 'seccomp'],
  ])('of Landlock: %s', (_, facts, said, step) => {
    const { why, enable } = diagnoseLandlock(facts, said)
    expect(enable).toContain(step)
    expect(why).toContain(said ?? 'not installed')
  })
})

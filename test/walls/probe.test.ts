import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../src/platform/run.ts'
import { diagnose, type MachineFacts } from '../../src/walls/enable.ts'
import { buildCell, gapsOf, probeRung, probeWalls } from '../../src/walls/index.ts'
import { noCell } from './world.ts'

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

describe.skipIf(process.platform !== 'linux')('the rung of this machine (Linux)', () => {
  test('is hooks where bubblewrap fails, with its own words, and a way out', async () => {
    const probe = await probeRung({ env: { PATH: brokenBwrap() }, cacheDir: dir })
    expect(probe).toMatchObject({
      rung: 'hooks',
      tools: null,
      why: expect.stringContaining('No permissions to create new namespace'),
    })
    expect(probe.enable).not.toBe('')
    // A failure is not remembered: it may be mended any time.
    expect(existsSync(join(dir, 'walls.json'))).toBe(false)
    const launch = await buildCell(spec(), { argv: ['prog', 'a b'], env: { PATH: brokenBwrap() } })
    expect(launch).toEqual({
      rung: 'hooks',
      why: probe.why,
      argv: ['prog', 'a b'],
      env: { TMPDIR: join(dir, 'tmp') },
    })
  })

  test('can be forced down, and demanded', async () => {
    const down = { PATH: process.env.PATH, WORKTRAIN_WALLS: 'hooks' }
    expect(await probeRung({ env: down })).toMatchObject({
      rung: 'hooks',
      why: expect.stringContaining('WORKTRAIN_WALLS'),
    })
    expect((await buildCell(spec(), { argv: ['prog'], env: down })).argv).toEqual(['prog'])
    await expect(
      probeRung({ env: { PATH: brokenBwrap(), WORKTRAIN_WALLS: 'bubblewrap' } }),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(
      buildCell(spec(), { argv: ['prog'], env: { PATH: brokenBwrap() }, rung: 'bubblewrap' }),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(probeRung({ env: { WORKTRAIN_WALLS: 'steel' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })

  test.skipIf(noCell)(`is remembered on disk until the machine or bubblewrap changes${noCell}`, async () => {
    const kept = join(dir, 'walls.json')
    await probeRung({ env: { PATH: process.env.PATH }, cacheDir: dir, now: () => Date.now() + 48 * 3600_000 })
    const content = JSON.parse(readFileSync(kept, 'utf8'))
    const elsewhere = async (change: object) => {
      writeFileSync(
        kept,
        JSON.stringify({
          ...content,
          at: Date.now(),
          probe: { ...content.probe, version: 'remembered' },
          ...change,
        }),
      )
      const script = `const { probeRung } = await import(process.argv[1]); console.log((await probeRung({ env: process.env, cacheDir: process.argv[2] })).version)`
      const module = join(import.meta.dirname, '../../src/walls/index.ts')
      const result = await run(process.execPath, ['--input-type=module', '-e', script, module, dir], {
        env: { PATH: process.env.PATH },
      })
      return result.stdout.trim() || result.stderr
    }
    expect(await elsewhere({})).toBe('remembered')
    expect(await elsewhere({ key: 'another boot' })).toMatch(/^bubblewrap \d/)
    expect(await elsewhere({ at: Date.now() - 48 * 3600_000 })).toMatch(/^bubblewrap \d/)
    writeFileSync(kept, '{"key":')
    expect((await probeRung({ env: { PATH: process.env.PATH }, cacheDir: dir })).rung).toBe('bubblewrap')
  })
})

test('the table has a row for each wall, and hides no gap', async () => {
  const rows = await probeWalls({ env: { PATH: process.env.PATH, WORKTRAIN_WALLS: 'hooks' } })
  expect(rows.map((row) => row.wall)).toEqual([
    'files and processes',
    'git',
    'agent settings',
    'hook guard',
    'network',
  ])
  expect(rows[0]).toMatchObject({ rung: 'hooks', ok: false, gaps: gapsOf('hooks') })
  for (const row of rows) {
    expect(row.gaps.length).toBeGreaterThan(0)
    expect(row.ok || row.why !== '').toBe(true)
  }
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
    const { why, enable } = diagnose(facts, said)
    expect(enable).toContain(step)
    expect(why).toContain(said === null ? 'not installed' : said)
  })

  test('macOS has none here, and says so', () => {
    expect(diagnose({ ...machine, platform: 'darwin' }, null)).toEqual({
      why: expect.stringContaining('darwin'),
      enable: '',
    })
  })
})

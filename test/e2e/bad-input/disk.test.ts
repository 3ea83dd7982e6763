/** The disk is full while a workspace is made. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mountable } from '../../fixtures/disk.ts'
import { createWorld, writeFiles, type World } from '../../fixtures/world.ts'
import { commits, refused, works } from './refusal.ts'

const can = mountable()
const title = can
  ? 'a full disk'
  : 'a full disk (skipped: a small file system can be mounted by root on Linux only)'

describe.skipIf(!can)(title, () => {
  let world: World
  let spaces: string
  const size = (text: string) => execFileSync('mount', ['-o', `remount,size=${text}`, spaces])
  beforeAll(async () => {
    world = await createWorld({ files: { LICENSE: 'A licence\n' } })
    for (const name of ['a', 'b', 'c'])
      writeFileSync(join(world.repo, `${name}.bin`), randomBytes(512 * 1024))
    world.git(['add', '-A'])
    world.git(['commit', '-qm', 'Add what takes room'])
    spaces = join(world.dir, 'spaces')
    mkdirSync(spaces)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', spaces])
    writeFiles(world.repo, {
      '.worktrain.local.toml': `[workspaces]\ndirectory = ${JSON.stringify(spaces)}\n`,
      '.git/info/exclude': '.worktrain.local.toml\n',
    })
    await world.json(['trust', '--yes'])
  })
  afterAll(async () => {
    await world.client.call('shutdown', {}).catch(() => {})
    execFileSync('umount', ['--lazy', spaces])
    await world.close()
  })

  test.each(['sealed', 'linked'])(
    '%s: coded, nothing half-made, and goes on once there is room',
    async (kind) => {
      size('1m')
      const before = [world.git(['for-each-ref']), world.git(['worktree', 'list', '--porcelain'])]
      const started = await world.cli([
        'run',
        'Do it',
        '--name',
        kind,
        '--kind',
        kind,
        '--check',
        'true',
        '--',
        ...commits(`${kind}.txt`),
      ])
      expect(started.code, started.stderr).toBe(0)
      const failed = await world.until(kind, (s) => s.attention.length > 0, 'says what is wrong')
      expect(failed.attention[0]).toMatchObject({
        why: expect.stringMatching(/disk is full/i),
        action: expect.stringContaining(`worktrain resume ${kind}`),
      })
      const nothingHalfMade = () => {
        expect(readdirSync(spaces).filter((name) => name !== '.trash')).toEqual([])
        expect([world.git(['for-each-ref']), world.git(['worktree', 'list', '--porcelain'])]).toEqual(before)
        expect(world.git(['status', '--porcelain'])).toBe('')
      }
      nothingHalfMade()
      await refused(world, ['resume', kind], {
        code: 'DISK_FULL',
        says: 'The disk is full',
        hint: 'Free some space',
      })
      nothingHalfMade()
      const waited = await world.cli(['ls'])
      expect(waited.stdout).toMatch(/needs you[\s\S]*disk is full/i)

      size('64m')
      const resumed = await world.cli(['resume', kind])
      expect([resumed.code, resumed.stderr]).toEqual([0, ''])
      const done = await world.until(kind, (s) => s.stage === 'handed-off', 'hands off')
      expect(readFileSync(join(done.workspace.path, 'a.bin'))).toEqual(
        readFileSync(join(world.repo, 'a.bin')),
      )
      await world.json(['land', kind])
      await world.until(kind, (s) => s.stage === 'landed', 'lands')
      expect((await world.cli(['rm', kind])).code).toBe(0)
      rmSync(join(spaces, '.trash'), { recursive: true, force: true })
      world.git(['fsck', '--strict'])
    },
  )

  test('one session that does not fit costs the others nothing', async () => {
    size('64m')
    await works(world, 'fits')
    const { bavail, bsize } = statfsSync(spaces)
    writeFileSync(join(spaces, 'filler'), Buffer.alloc(bavail * bsize - 512 * 1024))
    const big = await world.cli(['run', 'Do it', '--name', 'big', '--', ...commits('big.txt')])
    expect(big.code).toBe(0)
    await world.until('big', (s) => s.attention.length > 0, 'says what is wrong')
    expect((await world.cli(['rm', 'big'])).stdout).toContain('had not been started')
    await world.json(['land', 'fits'])
    await world.until('fits', (s) => s.stage === 'landed', 'lands')
  })
})

/** What crashes leave: found by identity, shown, removed only as shown. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startTimeOf } from '../../src/platform/processes.ts'
import type { Outputs } from '../../src/protocol/api.ts'
import { createScene, type Scene } from './leftover-scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = await createScene()
})
afterEach(async () => {
  await scene.world.close()
})

describe.skipIf(process.platform !== 'linux')('leftovers (Linux: reads /proc)', () => {
  test('without work: shown, not removed by a script that does not say so, removed as shown', async () => {
    const { world, paths, leftovers, clean, works, runs } = scene
    const s = await works('one')
    expect(await leftovers()).toEqual([])
    const pid = await runs({ WORKTRAIN_SESSION: s.id })
    const foreign = await runs({ WORKTRAIN_SESSION: 's000000000000' })
    const lock = join(s.workspace.path, '.git/index.lock')
    writeFileSync(lock, '')
    mkdirSync(paths.sessionRun(s.id), { recursive: true })
    writeFileSync(join(paths.sessionRun(s.id), 'host.sock'), '')
    world.git(['update-ref', 'refs/worktrain/base/s0123456789ab', 'HEAD'])

    const found = await leftovers()
    expect(found.map(({ kind, work }) => [kind, work])).toEqual([
      ['process', false],
      ['session', false],
      ['directory', false],
    ])
    expect(found[0]?.what).toBe(`sleep (process ${pid})`)
    expect(found[1]?.parts).toEqual([expect.stringContaining('refs/worktrain/base/s0123456789ab')])
    // The lock is shown once nobody is there: who carries the mark may be git.
    expect((await world.cli(['doctor', '--yes'])).code).toBe(2)
    const refused = await world.cli(['doctor', '--clean'])
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('NEEDS_PERSON')])
    expect(startTimeOf(pid)).not.toBeNull()
    expect(await leftovers()).toEqual(found)

    // What has changed since it was shown is not what was agreed to.
    const other = world.git(['commit-tree', '-m', 'other', 'HEAD^{tree}'])
    world.git(['update-ref', 'refs/worktrain/base/s0123456789ab', other])
    const [changed] = await clean([found[1]?.id ?? ''])
    expect(changed).toMatchObject({ done: false, how: expect.stringContaining('has changed since') })
    expect((await leftovers()).map(({ work }) => work)).toEqual([false, true, false])
    world.git(['update-ref', 'refs/worktrain/base/s0123456789ab', 'HEAD'])

    const done = await world.cli(['doctor', '--clean', '--yes'])
    expect([done.code, done.stderr]).toEqual([0, ''])
    expect(startTimeOf(pid)).toBeNull()
    expect(startTimeOf(foreign)).not.toBeNull()
    expect(world.git(['for-each-ref', 'refs/worktrain/base/s0123456789ab'])).toBe('')
    const rest = await leftovers()
    expect(rest.map(({ kind, what }) => [kind, what])).toEqual([['lock', lock]])
    expect((await world.cli(['rm', 'one', '--discard'])).code).toBe(3)
    const json = await world.json<Outputs['clean']>(['doctor', '--clean', '--yes'])
    expect(json).toEqual([{ id: rest[0]?.id, what: lock, done: true, how: 'it was deleted' }])
    expect(await leftovers()).toEqual([])
    expect((await world.cli(['rm', 'one', '--discard'])).code).toBe(0)
  })

  test.skipIf(process.getuid?.() !== 0)(
    'mounts: offered, never by a script (needs root)',
    async ({ skip }) => {
      const { paths, leftovers, clean, works, world } = scene
      const s = await works('one')
      const point = join(paths.sessionState(s.id), 'tmp/point')
      mkdirSync(point, { recursive: true })
      try {
        execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', point], { stdio: 'ignore' })
      } catch {
        skip('mount is not permitted here')
      }
      onTestFinished(() => void spawnSync('umount', [point], { stdio: 'ignore' }))
      const [mount, ...others] = await leftovers()
      expect([mount?.kind, mount?.work, others]).toEqual(['mount', true, []])
      expect((await world.cli(['doctor', '--clean', '--yes'])).stdout).toContain('1 may hold work')
      expect(await leftovers()).toEqual([mount])
      expect(await clean([mount?.id ?? ''])).toMatchObject([{ done: true, how: 'it was unmounted' }])
      expect(await leftovers()).toEqual([])
    },
  )
})

/** What a lost journal, or one from a backup, makes of everything: offered by itself, and never lost. */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTimeOf } from '../../src/platform/processes.ts'
import type { SessionView } from '../../src/protocol/api.ts'
import { writeFiles } from '../fixtures/world.ts'
import { createScene, type Scene } from './leftover-scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = await createScene()
})
afterEach(async () => {
  await scene.world.close()
})

describe.skipIf(process.platform !== 'linux')('leftovers (Linux: reads /proc)', () => {
  test('of a lost journal: every session is offered by itself, and comes back whole', async () => {
    const { world, paths, leftovers, clean, works, runs, journal, journalFiles, inTerminal } = scene
    const [sealed, linked, gone] = [
      await works('sealed'),
      await works('linked', 'linked'),
      await works('gone'),
    ]
    expect((await world.cli(['rm', 'gone', '--discard'])).code).toBe(0)
    const orphan = world.git(['commit-tree', '-p', 'HEAD', '-m', 'pinned', 'HEAD^{tree}'])
    const pid = await runs({ WORKTRAIN_SESSION: sealed.id })
    await journal(() => {
      for (const name of journalFiles()) rmSync(join(paths.state, name))
    })
    world.git(['update-ref', 'refs/worktrain/queue/c0123456789ab', orphan])
    const before = world.git(['for-each-ref'])
    const found = await leftovers()
    expect(found.every((each) => each.work)).toBe(true)
    expect(found.map(({ kind, what }) => `${kind} ${what}`).toSorted()).toEqual(
      [
        `process sleep (process ${pid})`,
        `ref refs/worktrain/queue/c0123456789ab (${orphan.slice(0, 10)})`,
        `session gone (${gone.id})`,
        `session linked (${linked.id})`,
        `session sealed (${sealed.id})`,
      ].toSorted(),
    )
    // A script cannot remove any of it.
    const scripted = await world.cli(['doctor', '--clean', '--yes'])
    expect(scripted.stdout).toContain('5 may hold work and stay')
    expect([await leftovers(), world.git(['for-each-ref'])]).toEqual([found, before])

    // Somebody is still there: refused, with the reason, and nothing is half done.
    const id = (text: string) => found.find((each) => each.what.includes(text))?.id ?? ''
    const [busy] = await clean([id(sealed.id)])
    expect(busy).toMatchObject({ done: false, how: expect.stringContaining('is still running in it') })
    expect(world.git(['for-each-ref'])).toBe(before)

    const shown = await inTerminal(['doctor', '--clean'], ['y', 'y', 'n', 'y', 'y'])
    expect(shown).toContain('not in the journal')
    expect(startTimeOf(pid)).toBeNull()
    const left = await leftovers()
    expect(left).toHaveLength(1)
    await clean(left.map((each) => each.id))
    expect(await leftovers()).toEqual([])
    expect(existsSync(sealed.workspace.path)).toBe(false)
    for (const name of ['sealed', 'linked']) {
      const back = await world.json<SessionView>(['restore', name])
      expect(back.workspace.path).toBe(name === 'sealed' ? sealed.workspace.path : linked.workspace.path)
      expect(readFileSync(join(back.workspace.path, 'uncommitted'), 'utf8')).toBe('late\n')
      expect(world.git(['log', '-1', '--format=%s'], back.workspace.path)).toBe(name)
    }
    const trash = await world.json<SessionView[]>(['trash'])
    expect(trash.map((each) => each.name).toSorted()).toEqual(['gone', 'queue-c0123456789ab'])
    const back = await world.json<SessionView>(['restore', 'gone'])
    expect(readFileSync(join(back.workspace.path, 'uncommitted'), 'utf8')).toBe('late\n')
    expect(world.git(['show', `${back.branch}:gone.txt`])).toBe('gone')
    const queued = await world.json<SessionView>(['restore', 'queue-c0123456789ab'])
    expect(world.git(['log', '-1', '--format=%s'], queued.workspace.path)).toBe('pinned')
    world.git(['fsck', '--strict'])
  })

  test('of a journal from a backup: what was removed since is in the trash, what came back stays', async () => {
    const { world, paths, leftovers, clean, works, journal, journalFiles } = scene
    const [one, two] = [await works('one'), await works('two')]
    expect((await world.cli(['rm', 'two', '--discard'])).code).toBe(0)
    const backup = join(world.dir, 'backup')
    await journal(() => {
      mkdirSync(backup)
      for (const name of journalFiles()) cpSync(join(paths.state, name), join(backup, name))
    })
    expect((await world.cli(['rm', 'one', '--discard'])).code).toBe(0)
    await world.json(['restore', 'two'])
    writeFiles(two.workspace.path, { since: 'the backup' })
    await journal(() => {
      for (const name of journalFiles()) rmSync(join(paths.state, name))
      for (const name of readdirSync(backup)) cpSync(join(backup, name), join(paths.state, name))
    })
    const trashed = await world.until(
      'one',
      (s) => s.trashedUntil !== null,
      'is in the trash as the disk says',
    )
    expect(existsSync(trashed.workspace.path)).toBe(false)
    await world.json(['restore', 'one'])
    expect(readFileSync(join(one.workspace.path, 'uncommitted'), 'utf8')).toBe('late\n')

    const [back, ...others] = await leftovers()
    expect(others).toEqual([])
    expect(back).toMatchObject({ kind: 'session', work: true, why: expect.stringContaining('is there') })
    await clean([back?.id ?? ''])
    expect(readFileSync(join(two.workspace.path, 'since'), 'utf8')).toBe('the backup')
    const s = (await world.json<SessionView[]>(['ls'])).find((each) => each.name === 'two')
    expect(s?.trashedUntil).toBeNull()
    expect(await leftovers()).toEqual([])
  })
})

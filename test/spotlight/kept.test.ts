/** How long what a look kept is kept, and its end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { forgetPast, goBack, leave, stateOf } from '../../src/spotlight/index.ts'
import type { Context } from '../../src/supervisor/context.ts'
import type { Repositories } from '../../src/supervisor/repositories.ts'
import { forgetOldLooks, keptLooks } from '../../src/supervisor/spotlights/kept.ts'
import { ENV, sh, write } from '../fixtures/plain-git.ts'
import { back, KEEP_MS, openPlace, picture, type Place, recover, show, stageOf } from './scene.ts'

let home: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-spotlight-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const refs = (place: Place) =>
  sh(place.root, 'for-each-ref', '--format=%(refname:lstrip=3)', 'refs/worktrain/spotlight').split('\n')
const told = async (place: Place) =>
  (await place.journal.read({ after: 0, limit: 1000 }))
    .filter(({ type }) => type === 'spotlight.forgotten')
    .map(({ data }) => data)

/** As the supervisor does it, at some time. */
function supervisor(place: Place, now: number): [Context, Repositories] {
  const ctx = {
    journal: place.journal,
    now: () => now,
    paths: { state: home },
    inOrder: (_: string, work: () => Promise<unknown>) => work(),
    log: { warn: (_: string, { error }: { error: unknown }) => expect(error).toBeUndefined() },
  }
  const repositories = { byId: async () => ({ repository: place.repo }) }
  return [ctx as unknown as Context, repositories as unknown as Repositories]
}
const sweep = (place: Place, now: number) => forgetOldLooks(...supervisor(place, now))
const listed = (place: Place) => keptLooks(...supervisor(place, 0), null)

/** Looked at and changed: a commit of that is kept. */
async function tried(place: Place, id: string): Promise<number> {
  const stage = stageOf(place, () => {}, id)
  await show(place, place.work, stage)
  write(place.root, { 'a.txt': `tried in ${id}\n` })
  await back(place, stage)
  return (await stateOf(stage)).past.at(-1)?.until ?? 0
}

it('nothing is kept where all of it is back', async () => {
  const place = await openPlace(home)
  await show(place)
  expect(await listed(place)).toMatchObject([{ name: 'kamal', until: null, edits: [] }])
  await back(place)
  expect(refs(place)).toEqual([''])
  expect(await told(place)).toEqual([{ look: 'look1', why: 'all of it is back' }])
  expect(await listed(place)).toEqual([])
})

it('what was changed meanwhile is kept for its time, and not longer', async () => {
  const place = await openPlace(home)
  const before = Date.now()
  const until = await tried(place, 'look1')
  expect(until).toBeGreaterThanOrEqual(before + KEEP_MS)
  expect(until).toBeLessThanOrEqual(Date.now() + KEEP_MS)
  const { edits } = await stateOf(stageOf(place))
  expect(await listed(place)).toMatchObject([
    { id: 'look1', name: 'kamal', checkout: place.root, head: { branch: 'main' }, kept: null, edits, until },
  ])
  await sweep(place, until - 1)
  expect(refs(place)).toEqual(['look1/edits/1'])
  await sweep(place, until)
  expect(refs(place)).toEqual([''])
  expect(await listed(place)).toEqual([])
  expect(await told(place)).toEqual([{ look: 'look1', why: 'its time was over' }])
  await sweep(place, until + 1)
  expect(await told(place)).toHaveLength(1)
})

it('what is shown is never forgotten, nor what is kept for it, however old it is', async () => {
  const place = await openPlace(home)
  const until = await tried(place, 'look1')
  write(place.root, { 'b.txt': 'mine\n' })
  const was = picture(place.root)
  const stage = { ...stageOf(place, () => {}, 'look2'), directory: join(home, 'spotlights/look2') }
  await show(place, place.work, stage)
  expect((await listed(place)).map(({ id, kept }) => [id, kept !== null])).toEqual([
    ['look1', false],
    ['look2', true],
  ])
  await sweep(place, until + 1e12)
  expect(refs(place)).toEqual(['look2/kept'])
  await back(place, stage)
  expect(picture(place.root)).toEqual(was)
})

it('nor is a way back that is not finished; one that was left is, after its time', async () => {
  const place = await openPlace(home)
  write(place.root, { 'a.txt': 'mine\n' })
  const was = picture(place.root)
  const directory = join(home, 'spotlights/look1')
  const dying = (at: string) => ({
    ...stageOf(place, (step) => {
      if (step === at) throw new Error('died here')
    }),
    directory,
  })
  await show(place, place.work, dying('nowhere'))
  await expect(goBack(dying('install'), await stateOf(dying('')))).rejects.toThrow('died here')
  await sweep(place, Date.now() + 1e12)
  expect(refs(place)).toContain('look1/kept')
  expect(existsSync(directory)).toBe(true)
  await leave(dying('nowhere'))
  const [one] = await listed(place)
  expect(one).toMatchObject({ kept: expect.stringMatching(/^[0-9a-f]{40}$/), until: expect.any(Number) })
  sh(place.root, 'switch', '-q', '-f', 'main')
  sh(place.root, 'stash', 'apply', '-q', '--index', one?.kept ?? '')
  expect(picture(place.root)['file a.txt']).toBe(was['file a.txt'])
  await sweep(place, Date.now() + KEEP_MS)
  expect(refs(place)).toEqual([''])
  expect(existsSync(directory)).toBe(false)
})

it.each(['forget', 'directory', 'forgotten'])('a death at "%s" is gone on with', async (at) => {
  const place = await openPlace(home)
  const until = await tried(place, 'look1')
  // As it was left: what the files held before is kept beside git.
  const directory = join(home, 'spotlights/look1')
  write(directory, { 'raw.0': 'mine\n' })
  const dying = stageOf(place, (step) => {
    if (step === at) throw new Error('died here')
  })
  await expect(forgetPast({ ...dying, directory }, '')).rejects.toThrow('died here')
  const { journal } = await recover(home, place.root)
  const after = { ...place, journal }
  await sweep(after, until)
  expect(refs(place)).toEqual([''])
  expect(existsSync(directory)).toBe(false)
  expect(await told(after)).toEqual([{ look: 'look1', why: 'its time was over' }])
})

describe('of a look that was killed before it had begun', () => {
  const killed = async (place: Place, at: string): Promise<void> => {
    const { root, work } = place
    const options = JSON.stringify({ home, root, work, way: 'there', at })
    const child = spawn(process.execPath, [join(import.meta.dirname, 'victim.ts'), options], {
      env: { ...ENV, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [, signal] = (await once(child, 'close')) as [number | null, string | null]
    expect(signal).toBe('SIGKILL')
  }

  it.each(['keep', 'intend'])('at "%s", it is kept for its time, and not longer', async (at) => {
    const opened = await openPlace(home)
    write(opened.root, { 'a.txt': 'mine\n', 'b.txt': 'staged\n' })
    sh(opened.root, 'add', 'b.txt')
    const was = picture(opened.root)
    await opened.journal.close()
    await killed(opened, at)
    expect(picture(opened.root)).toEqual(was)
    const { journal } = await recover(home, opened.root)
    const place = { ...opened, journal }
    const directory = join(home, 'spotlights/look1')
    expect(existsSync(directory)).toBe(true)
    const until = (await stateOf(stageOf(place))).past.at(-1)?.until ?? 0
    const [one] = await listed(place)
    // Before it has a name in git there is nothing to be had by it.
    if (at === 'keep') expect(one).toBeUndefined()
    else {
      expect(one).toMatchObject({ id: 'look1', name: null, checkout: place.root, until })
      expect(sh(place.root, 'show', `${one?.kept}:a.txt`)).toBe('mine')
    }
    // A look that comes to something leaves it alone, as does the time before its own is over.
    const next = stageOf(place, () => {}, 'look2')
    await show(place, place.work, next)
    await sweep(place, until - 1)
    expect(existsSync(directory)).toBe(true)
    await sweep(place, until)
    expect(existsSync(directory)).toBe(false)
    expect(refs(place)).toEqual(['look2/kept'])
    await back(place, next)
    expect(picture(place.root)).toEqual(was)
    expect(refs(place)).toEqual([''])
    expect(await listed(place)).toEqual([])
  })
})

it('what is refused leaves nothing to be kept', async () => {
  const place = await openPlace(home)
  write(place.root, { 'new.txt': 'in the way\n' })
  await expect(show(place)).rejects.toMatchObject({ code: 'CHECKOUT_UNSAFE' })
  expect((await stateOf(stageOf(place))).past).toEqual([])
  expect(existsSync(join(home, 'spotlights/look1'))).toBe(false)
  expect(refs(place)).toEqual([''])
})

it('what became a look while the sweep waited is not forgotten', async () => {
  const place = await openPlace(home)
  write(place.root, { 'a.txt': 'mine\n' })
  const was = picture(place.root)
  const [ctx, repositories] = supervisor(place, Date.now() + 1e12)
  const sweeps: Promise<void>[] = []
  const shown = Promise.withResolvers<void>()
  const waits = { ...ctx, inOrder: (_: string, work: () => Promise<unknown>) => shown.promise.then(work) }
  const stage = stageOf(place, (step) => {
    // It finds what was only begun, and has to wait until the move is over.
    if (step === 'intend') sweeps.push(forgetOldLooks(waits as unknown as Context, repositories))
  })
  await show(place, place.work, stage)
  shown.resolve()
  await Promise.all(sweeps)
  expect(sweeps).toHaveLength(1)
  expect(refs(place)).toEqual(['look1/kept'])
  await back(place, stage)
  expect(picture(place.root)).toEqual(was)
})

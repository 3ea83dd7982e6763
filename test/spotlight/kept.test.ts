/** How long what a look kept is kept, and its end. */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { forgetPast, goBack, leave, stateOf } from '../../src/spotlight/index.ts'
import type { Context } from '../../src/supervisor/context.ts'
import type { Repositories } from '../../src/supervisor/repositories.ts'
import { forgetOldLooks, keptLooks } from '../../src/supervisor/spotlights/kept.ts'
import { sh, write } from '../fixtures/plain-git.ts'
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

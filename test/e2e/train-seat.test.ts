/** A person at the train, through the built product: lands, looks, holds back, puts first, takes back, asks why. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChangeView, CommitView, LandView, Outputs, TrainView } from '../../src/protocol/api.ts'
import { BIN, createWorld, type World } from '../fixtures/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(async () => {
  await world.close()
})

const CHECK = 'echo looking; test ! -e broken'

/** A session that has committed one file and handed off. */
async function worked(name: string, file = `${name}.txt`, check = CHECK): Promise<void> {
  const script = `echo ${name} > ${file}; git add .; git commit -qm 'Add ${file}'`
  await world.json(['run', `Add ${file}`, '--name', name, '--check', check, '--', '/bin/sh', '-c', script])
  await world.until(name, (s) => s.stage === 'handed-off', 'hands off')
}
const train = (): Promise<TrainView> => world.json<TrainView>(['train'])
const order = async (): Promise<string[]> =>
  (await train()).changes.filter(({ position }) => position !== null).map(({ name }) => name)
/** Content of a file of main; null: there is none. */
const show = (file: string): string | null =>
  world.git(['ls-tree', '--name-only', 'main', '--', file]) === ''
    ? null
    : world.git(['show', `main:${file}`])

test('holds a change back, puts one first, and lands them', async () => {
  await worked('api')
  await worked('web')
  await world.json(['train', 'pause', 'until all are on'])
  await world.json(['land', 'api'])
  await world.json(['land', 'web', '--priority', '3'])
  expect(await order()).toEqual(['web', 'api'])
  expect((await world.cli(['train'])).stdout).toContain('paused: until all are on')

  const first = await world.json<ChangeView>(['train', 'priority', 'api', 'first'])
  expect(first).toMatchObject({ name: 'api', priority: 4 })
  expect(await order()).toEqual(['api', 'web'])
  const held = await world.cli(['train', 'hold', 'api', 'after', 'lunch'])
  expect(held).toMatchObject({ code: 0 })
  expect(held.stdout).toMatch(/^api: held.*after lunch/)

  await world.json(['train', 'resume'])
  await world.until('web', (s) => s.stage === 'landed', 'lands past the held one')
  expect(show('api.txt')).toBe(null)
  expect((await world.cli(['train'])).stdout).toMatch(/1\. api +held/)
  // It waits for the person: that is no failure, and no success.
  expect(await world.cli(['train', 'release', 'nobody'])).toMatchObject({ code: 2 })
  await world.json(['train', 'release', 'api'])
  await world.until('api', (s) => s.stage === 'landed', 'lands')
  expect(show('api.txt')).toBe('api')
})

test('land of one that is on the train already says where it is, moves it when asked, and waits for it', async () => {
  await worked('api')
  await worked('web')
  await world.json(['train', 'pause', 'until all are on'])
  const first = await world.json<LandView>(['land', 'api', 'web'])
  expect(first).toMatchObject([{ already: false }, { already: false }])
  const again = await world.cli(['land', 'web'])
  expect(again).toMatchObject({ code: 0, stderr: '' })
  expect(again.stdout).toMatch(/^web is already on the train to main at [0-9a-f]{10}\. Waits at place 2 /)
  const moved = await world.json<LandView>(['land', 'web', '--priority', '2'])
  expect(moved).toMatchObject({ name: 'web', already: true, priority: 2, position: 1 })
  expect(await order()).toEqual(['web', 'api'])
  // It waits as it does for one that was put there by it: a paused train needs the person.
  const waited = await world.cli(['land', 'web', '--wait'])
  expect(waited).toMatchObject({ code: 4 })
  expect(waited.stdout).toContain('web: queued; the train is paused: until all are on')
  await world.json(['train', 'resume'])
  await world.until('api', (s) => s.stage === 'landed', 'lands')
  const queued = (await world.client.call('events', { limit: 10_000 })).filter(
    (e) => e.type === 'change.queued',
  )
  expect(queued).toHaveLength(2)
})

test('land --wait ends as the landing does, and the log says what was printed', async () => {
  await worked('api')
  await worked('bad', 'broken')
  const good = await world.cli(['land', 'api', '--wait'])
  expect(good).toMatchObject({ code: 0 })
  expect(good.stdout).toMatch(/api: landed as [0-9a-f]{10}/)
  // Once more is what has been done already.
  const again = await world.cli(['land', 'api', '--wait'])
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('api was on the train. Landed as')])
  const red = await world.cli(['land', 'bad', '--wait'])
  expect(red.code).toBe(1)
  expect(red.stdout).toContain('bad: ejected')
  const log = await world.json<Outputs['trainLog']>(['train', 'log', 'bad'])
  expect(log).toMatchObject({ command: CHECK, running: false, text: expect.stringContaining('looking') })
  expect((await world.cli(['train'])).stdout).toMatch(/bad ejected: checks\n[^]*exit 1 after/)
})

test('land --wait says that the supervisor has died, and goes on once another is there', async () => {
  const go = join(world.repo, '.git/go')
  await worked('api', 'api.txt', `until test -e ${go}; do sleep 0.1; done`)
  const waiting = spawn(process.execPath, [BIN, 'land', 'api', '--wait'], { cwd: world.repo, env: world.env })
  const ended = once(waiting, 'exit')
  const [told, away] = [
    createInterface({ input: waiting.stdout }),
    createInterface({ input: waiting.stderr }),
  ]
  expect((await once(told, 'line'))[0]).toContain('on the train')
  await world.until('api', (s) => s.stageWhy.includes('runs on'), 'is tested')
  const said = once(away, 'line')
  process.kill(await world.supervisor(), 'SIGKILL')
  expect((await said)[0]).toContain('The supervisor is not there; any worktrain command starts it')
  const landed = once(told, 'line')
  writeFileSync(go, '')
  await world.json(['ls'])
  expect((await landed)[0]).toContain('api: landed as')
  expect((await ended)[0]).toBe(0)
})

test('takes a landing back and again, and knows how each commit got to main', async () => {
  await worked('api')
  await world.json(['land', 'api'])
  await world.until('api', (s) => s.stage === 'landed', 'lands')
  const landed = world.git(['rev-parse', 'main'])
  world.git(['commit', '-q', '--allow-empty', '-m', 'By hand'])

  const undone = await world.json<ChangeView>(['undo', 'api', '--wait'])
  expect(undone).toMatchObject({
    name: 'undo-api',
    session: null,
    state: 'landed',
    undoes: { commit: landed, names: ['api'] },
  })
  expect(show('api.txt')).toBe(null)
  const left = () => world.git(['branch', '--list', 'worktrain/undo-api'])
  await expect.poll(left, { timeout: 60_000 }).toBe('')
  expect(world.git(['log', '-1', '--format=%s', 'main'])).toBe('Undo api: Add api.txt')
  expect(await world.cli(['undo', 'api'])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('is taken back already by undo-api'),
  })

  // Whose landing it was is told so, everywhere.
  const api = await world.client.call('session', { repo: world.repo, name: 'api' })
  const back = { name: 'undo-api', commit: undone.landed?.commit ?? '' }
  expect(api).toMatchObject({ stage: 'landed', takenBack: back })
  const told = `taken back by undo-api as ${back.commit.slice(0, 10)}`
  expect((await world.cli(['ls'])).stdout).toMatch(
    new RegExp(`^  api +taken back [^]*landed, and ${told}$`, 'm'),
  )
  const { stdout: said } = await world.cli(['why', 'api'])
  expect(said).toContain(told)
  expect(said).toContain(`taken back by undo-api, landed as ${back.commit.slice(0, 10)}`)

  const why = (commit: string): Promise<CommitView> => world.json<CommitView>(['why', commit])
  const branch = world.git(['rev-parse', 'worktrain/api'])
  expect(await why(branch)).toMatchObject({
    through: landed,
    change: expect.any(String),
    landing: {
      new: landed,
      tree: world.git(['rev-parse', `${landed}^{tree}`]),
      members: [{ name: 'api', head: branch }],
      checks: [{ command: CHECK, exit: 0 }],
    },
  })
  expect(await why('main~1')).toMatchObject({ subject: 'By hand', landing: null, change: null })
  expect((await world.cli(['why', 'main'])).stdout).toContain('the change undo-api')
  expect(await world.cli(['why', 'nothing-like-it'])).toMatchObject({ code: 2 })

  // The last landing is the undo: taken back, the work is there again.
  await world.json(['undo', '--wait'])
  expect(show('api.txt')).toBe('api')
  const again = await world.client.call('session', { repo: world.repo, name: 'api' })
  expect(again).toMatchObject({ stage: 'landed', takenBack: null })
})

test('says where an undo has a conflict, and how to make it by hand', async () => {
  await worked('api', 'README.md')
  await world.json(['land', 'api'])
  await world.until('api', (s) => s.stage === 'landed', 'lands')
  const landed = world.git(['rev-parse', 'main'])
  await worked('web', 'README.md')
  await world.json(['land', 'web'])
  await world.until('web', (s) => s.stage === 'landed', 'lands')
  const refused = await world.cli(['undo', 'api'])
  expect(refused.code).toBe(4)
  expect(refused.stderr).toContain('stands on it in README.md')
  const hand =
    /By hand: (git switch .*) Or by a session/.exec(refused.stderr.replace(/\n +/g, ' '))?.[1] ?? ''
  expect(hand).toContain(`git revert -m 1 ${landed.slice(0, 12)}`)
  expect(await order()).toEqual([])
})

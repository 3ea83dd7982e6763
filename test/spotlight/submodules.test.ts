/** A session that changed submodules: all else is shown, and submodules stay as they are. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { goBack, stateOf } from '../../src/spotlight/index.ts'
import { commit, sh, write } from '../fixtures/plain-git.ts'
import { again, back, openPlace, picture, type Place, recover, show, stageOf } from './scene.ts'

let home: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-spotlight-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

interface WithModules extends Place {
  /** The submodule `lib` at main, and the commit after it. */
  old: string
  newer: string
  /** A commit whose index is made of lines as `update-index --index-info` reads them. */
  change: (name: string, ...records: string[]) => Place['work']
}

async function openModules(): Promise<WithModules> {
  const place = await openPlace(home, {}, { 'a.txt': 'a\n', 'b.txt': 'b\n' })
  const { root } = place
  const source = join(home, 'source')
  sh(home, 'init', '-q', '-b', 'main', source)
  const old = commit(source, { 'lib.c': 'old\n' })
  sh(root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', source, 'lib')
  sh(root, 'commit', '-q', '-m', 'lib')
  const newer = commit(source, { 'lib.c': 'newer\n' })
  sh(join(root, 'lib'), 'fetch', '-q', source, 'main')
  const change = (name: string, ...records: string[]) => {
    const before = sh(root, 'write-tree')
    const blob = sh(root, 'hash-object', '-w', '--stdin')
    for (const record of [`100644 ${blob}\ta.txt`, ...records]) {
      const [mode = '', oid = '', path = ''] = record.split(/[ \t]/)
      if (mode === '0') sh(root, 'update-index', '--force-remove', path)
      else sh(root, 'update-index', '--add', '--replace', '--cacheinfo', `${mode},${oid},${path}`)
    }
    const tree = sh(root, 'write-tree')
    sh(root, 'read-tree', before)
    sh(root, 'update-index', '-q', '--refresh')
    const made = sh(root, 'commit-tree', '-p', 'main', '-m', name, tree)
    sh(root, 'update-ref', `refs/heads/worktrain/${name}`, made)
    return { session: `s_${name}`, name, n: 1, commit: made }
  }
  return { ...place, old, newer, change }
}

const headOf = (place: Place) => sh(join(place.root, 'lib'), 'rev-parse', 'HEAD')
const textOf = (place: Place, path: string) => readFileSync(join(place.root, path), 'utf8')

it('another commit of one: everything else is shown, it stays as it is, and that is said', async () => {
  const place = await openModules()
  const work = place.change('kamal', `160000 ${place.newer}\tlib`)
  write(place.root, { 'lib/lib.c': 'mine, in the submodule\n', 'lib/new.c': 'mine\n', 'b.txt': 'mine\n' })
  const was = picture(place.root)
  const { notes } = await show(place, work)
  expect(notes.join()).toMatch(/other commits of them: lib\. Yours stay as they are/)
  expect([textOf(place, 'a.txt'), textOf(place, 'lib/lib.c')]).toEqual(['', 'mine, in the submodule\n'])
  expect(sh(place.root, 'rev-parse', ':lib')).toBe(place.newer)
  expect(headOf(place)).toBe(place.old)
  const done = await back(place)
  expect({ edits: done.edits, notes: done.notes }).toEqual({ edits: null, notes: [] })
  expect(picture(place.root)).toEqual(was)
})

it('one that is added, one that is taken away, and once more another', async () => {
  const place = await openModules()
  const work = place.change('kamal', `160000 ${place.newer}\tother`, `0 ${place.old}\tlib`)
  const second = place.change('second', `160000 ${place.newer}\tlib`)
  const was = picture(place.root)
  expect((await show(place, work)).notes.join()).toContain('lib, other')
  expect(textOf(place, 'lib/lib.c')).toBe('old\n')
  // Laid out by the person: it is theirs.
  write(place.root, { 'other/theirs.c': 'theirs\n' })
  await again(place, second)
  expect(textOf(place, 'other/theirs.c')).toBe('theirs\n')
  await again(place, work)
  await back(place)
  expect(textOf(place, 'other/theirs.c')).toBe('theirs\n')
  rmSync(join(place.root, 'other'), { recursive: true })
  expect(picture(place.root)).toEqual(was)
})

it('one that the person moved while they looked is left there, and named', async () => {
  const place = await openModules()
  const work = place.change('kamal', `160000 ${place.newer}\tlib`)
  await show(place, work)
  sh(join(place.root, 'lib'), 'checkout', '-q', place.newer)
  const { notes, edits } = await back(place)
  expect(edits).toBeNull()
  expect(notes.join()).toMatch(/other commits than what you have there names: lib/)
  expect(headOf(place)).toBe(place.newer)
  expect(sh(place.root, 'status', '--porcelain')).toBe(' M lib')
})

it('a directory of files in the place of one that is checked out is refused, with what to do', async () => {
  const place = await openModules()
  const blob = sh(place.root, 'rev-parse', 'main:b.txt')
  const work = place.change('kamal', `0 ${place.old}\tlib`, `100644 ${blob}\tlib/vendored.c`)
  const was = picture(place.root)
  await expect(show(place, work)).rejects.toMatchObject({
    code: 'CHECKOUT_UNSAFE',
    message: expect.stringMatching(/where a submodule is checked out now.*: lib\./),
    hint: expect.stringMatching(/^Nothing was changed\..*worktrain preview NAME.*git submodule deinit/),
  })
  expect(picture(place.root)).toEqual(was)
  sh(place.root, 'submodule', '--quiet', 'deinit', 'lib')
  const without = picture(place.root)
  await show(place, work)
  expect(textOf(place, 'lib/vendored.c')).toBe('b\n')
  await back(place)
  expect(existsSync(join(place.root, 'lib/vendored.c'))).toBe(false)
  expect(picture(place.root)).toEqual(without)
})

it('a branch that moved meanwhile, with another commit of one, is gone back onto', async () => {
  const place = await openModules()
  const work = place.change('kamal', `160000 ${place.newer}\tlib`)
  write(place.root, { 'b.txt': 'mine\n' })
  await show(place, work)
  sh(place.root, 'update-ref', 'refs/heads/main', work.commit)
  const { head, notes } = await back(place)
  expect(head).toEqual({ branch: 'main', commit: work.commit })
  expect(notes).toEqual([])
  expect(sh(place.root, 'status', '--porcelain')).toBe(' M b.txt\n M lib')
})

it.each(['files', 'raw', 'arrive'])(
  'a death at "%s" on the way back leaves them alone as well',
  async (at) => {
    const place = await openModules()
    const work = place.change('kamal', `160000 ${place.newer}\tlib`, `160000 ${place.newer}\tother`)
    write(place.root, { 'lib/lib.c': 'mine\n', 'b.txt': 'mine\n' })
    const was = picture(place.root)
    await show(place, work)
    const stage = stageOf(place, (step) => {
      if (step === at) throw new Error('died here')
    })
    await expect(goBack(stage, await stateOf(stage))).rejects.toThrow('died here')
    const { state } = await recover(home, place.root)
    expect(state?.ended).toBe(true)
    expect(picture(place.root)).toEqual(was)
  },
)

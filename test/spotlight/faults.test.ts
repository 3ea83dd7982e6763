/** Death at every step of a look: afterwards the checkout is what it was, or what it shows, byte for byte. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { begin, change, goBack, stateOf } from '../../src/spotlight/index.ts'
import { commit, ENV, sh, write } from '../fixtures/plain-git.ts'
import { branch } from '../train/repository.ts'
import { again, back, openPlace, picture, type Place, recover, show, stageOf, workOf } from './scene.ts'

let home: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-spotlight-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const DEATH = new Error('died here')
/** Dies at a step: nothing more of ours runs, as nothing of what throws here is caught. */
const dyingAt = (place: Place, step: string) =>
  stageOf(place, (each) => {
    if (each === step) throw DEATH
  })

async function dirtyPlace(): Promise<Place & { was: Record<string, string>; newer: Place['work'] }> {
  const place = await openPlace(home)
  write(place.root, { 'a.txt': 'staged\n', 'own.txt': 'staged\n' })
  sh(place.root, 'add', 'a.txt', 'own.txt')
  write(place.root, {
    'a.txt': 'changed\n',
    'b.txt': 'changed\n',
    'mine.txt': 'untracked\n',
    'x.log': 'ignored\n',
  })
  chmodSync(join(place.root, 'c.txt'), 0o600)
  rmSync(join(place.root, 'gone.txt'))
  const newer = workOf(place.repo, 'newer', { 'b.txt': 'B\n', 'a.txt': 'newer\n' }, place.work.commit)
  return { ...place, newer, was: picture(place.root) }
}

const STEPS = {
  begin: ['keep', 'intend', 'intended', 'head', 'index', 'files', 'list', 'tell'],
  change: ['intend', 'intended', 'head', 'index', 'files', 'list', 'tell'],
  back: ['intend', 'intended', 'head', 'index', 'files', 'raw', 'install', 'arrive', 'end'],
}

describe('died while beginning to show', () => {
  it.each(STEPS.begin)('%s', async (step) => {
    const place = await dirtyPlace()
    await expect(begin(dyingAt(place, step), place.repo.id, place.work)).rejects.toBe(DEATH)
    const { state, journal } = await recover(home, place.root)
    if (step === 'list' || step === 'tell') {
      expect(state?.shown?.commit).toBe(place.work.commit)
      await back({ ...place, journal })
    } else expect(state?.ended ?? true).toBe(true)
    expect(picture(place.root)).toEqual(place.was)
  })
})

describe('died while showing another state', () => {
  it.each(STEPS.change)('%s', async (step) => {
    const place = await dirtyPlace()
    await show(place)
    write(place.root, { 'a.txt': 'tried\n', 'mine.txt': 'untracked still\n' })
    const stage = dyingAt(place, step)
    await expect(change(stage, await stateOf(stage), place.newer)).rejects.toBe(DEATH)
    const { state, journal } = await recover(home, place.root)
    if (state && !state.ended) await back({ ...place, journal })
    const edits = (await stateOf(stage)).edits.map((each) => sh(place.root, 'show', `${each}:a.txt`))
    expect(edits).toContain('tried')
    write(place.root, { 'mine.txt': 'untracked\n' })
    expect(picture(place.root)).toEqual(place.was)
  })
})

describe('died while going back', () => {
  it.each(STEPS.back)('%s', async (step) => {
    const place = await dirtyPlace()
    await show(place)
    write(place.root, { 'a.txt': 'tried\n', 'new.txt': 'tried\n' })
    const stage = dyingAt(place, step)
    await expect(goBack(stage, await stateOf(stage))).rejects.toBe(DEATH)
    const { state, journal } = await recover(home, place.root)
    if (state && !state.ended) await back({ ...place, journal })
    const { edits } = await stateOf(stage)
    expect(edits.map((each) => sh(place.root, 'show', `${each}:new.txt`))).toEqual(['tried'])
    expect(picture(place.root)).toEqual(place.was)
  })

  it.each(STEPS.back)('%s, to a branch that moved', async (step) => {
    const place = await dirtyPlace()
    await show(place)
    const next = branch(place.repo, 'landed', { 'dir/one.txt': 'landed\n', 'c.txt': 'landed\n' })
    sh(place.root, 'update-ref', 'refs/heads/main', next)
    sh(place.root, 'branch', '-q', '-D', 'landed')
    const stage = dyingAt(place, step)
    await expect(goBack(stage, await stateOf(stage))).rejects.toBe(DEATH)
    const { state, journal } = await recover(home, place.root)
    if (state && !state.ended) await back({ ...place, journal })
    expect(readFileSync(join(place.root, '.git/HEAD'), 'utf8')).toBe('ref: refs/heads/main\n')
    expect(sh(place.root, 'rev-parse', 'main')).toBe(next)
    const now = picture(place.root)
    expect(now['file dir/one.txt']).toContain('landed')
    for (const path of ['a.txt', 'b.txt', 'own.txt', 'mine.txt'])
      expect(now[`file ${path}`], path).toBe(place.was[`file ${path}`])
    expect(sh(place.root, 'status', '--porcelain')).toBe(
      'MM a.txt\n M b.txt\n D gone.txt\nA  own.txt\n?? mine.txt',
    )
  })
})

describe('died, and then the person went on', () => {
  it('what they wrote since stays, whichever half it is in', async () => {
    const place = await dirtyPlace()
    const stage = dyingAt(place, 'raw')
    await show(place)
    await expect(goBack(stage, await stateOf(stage))).rejects.toBe(DEATH)
    write(place.root, { 'a.txt': 'since\n', 'b.txt': 'since as well\n' })
    // And dies once more while it is put right, and once more.
    for (const step of ['intended', 'restored', 'install'])
      await expect(recoverDying(place, step)).rejects.toBe(DEATH)
    const { state, became } = await recover(home, place.root)
    expect(state?.ended).toBe(true)
    expect(became?.notes.join()).toContain('a.txt')
    const now = picture(place.root)
    expect(now['file a.txt']).toContain('since')
    expect(now['index']).toBe(place.was['index'])
    expect(now['HEAD']).toBe(place.was['HEAD'])
    const others = ['file a.txt', 'file b.txt', 'status']
    for (const key of Object.keys(place.was).filter((each) => !others.includes(each)))
      expect(now[key], key).toBe(place.was[key])
  })

  it('what was begun and not written leaves alone whatever they did', async () => {
    const place = await dirtyPlace()
    await expect(begin(dyingAt(place, 'head'), place.repo.id, place.work)).rejects.toBe(DEATH)
    commit(place.root, { 'a.txt': 'committed since\n' })
    write(place.root, { 'b.txt': 'since\n' })
    const was = picture(place.root)
    const { state } = await recover(home, place.root)
    expect(state?.ended).toBe(true)
    expect(picture(place.root)).toEqual(was)
  })
})

async function recoverDying(place: Place, step: string): Promise<void> {
  const { settle } = await import('../../src/spotlight/index.ts')
  const stage = dyingAt(place, step)
  await settle(stage, await stateOf(stage))
}

describe('killed together with its git, in the middle of the files', () => {
  /** z.txt is written last, through a filter that kills. */
  async function deadly(): Promise<Place & { was: Record<string, string> }> {
    const filter = join(home, 'deadly')
    writeFileSync(filter, `#!/bin/sh\n[ ! -f ${home}/armed ] || kill -9 $(cat ${home}/pid) $PPID\ncat\n`)
    chmodSync(filter, 0o755)
    const files = {
      'a.txt': 'a\n',
      'm.txt': 'm\n',
      'z.txt': 'z\n',
      '.gitattributes': 'm.txt filter=deadly\n',
    }
    const place = await openPlace(
      home,
      { 'a.txt': 'A\n', 'm.txt': 'M\n', 'new.txt': 'n\n', 'z.txt': null },
      files,
    )
    sh(place.root, 'config', 'filter.deadly.smudge', filter)
    sh(place.root, 'config', 'filter.deadly.clean', 'cat')
    write(place.root, { 'a.txt': 'mine\n', 'mine.txt': 'mine\n' })
    sh(place.root, 'add', 'a.txt')
    return { ...place, was: picture(place.root) }
  }

  it.each(['there', 'back'])('%s', async (way) => {
    const place = await deadly()
    if (way === 'back') await show(place)
    await place.journal.close()
    writeFileSync(join(home, 'armed'), '')
    const options = JSON.stringify({ home, root: place.root, work: place.work, way })
    const child = spawn(process.execPath, [join(import.meta.dirname, 'victim.ts'), options], {
      env: { ...ENV, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    expect(await new Promise((resolve) => child.on('close', (_code, signal) => resolve(signal)))).toBe(
      'SIGKILL',
    )
    // So it was in the middle.
    expect(picture(place.root)['locks']).toBe('index.lock')
    rmSync(join(home, 'armed'))
    const { state } = await recover(home, place.root)
    expect(state?.ended).toBe(true)
    expect(picture(place.root)).toEqual(place.was)
    expect(sh(place.root, 'fsck', '--no-dangling', '--no-progress')).toBe('')
  })
})

it('git that fails in the middle is taken back at once', async () => {
  const place = await openPlace(
    home,
    { 'a.txt': 'A\n', 'm.txt': 'M\n' },
    { 'a.txt': 'a\n', 'm.txt': 'm\n', '.gitattributes': 'm.txt filter=no\n' },
  )
  sh(place.root, 'config', 'filter.no.smudge', 'false')
  sh(place.root, 'config', 'filter.no.clean', 'cat')
  sh(place.root, 'config', 'filter.no.required', 'true')
  write(place.root, { 'a.txt': 'mine\n' })
  const was = picture(place.root)
  await expect(show(place)).rejects.toThrow()
  expect(picture(place.root)).toEqual(was)
})

it('git that fails on the way back does not keep anything from being put back', async () => {
  const files = { 'a.txt': 'a\n', 'm.txt': 'm\n', '.gitattributes': 'm.txt filter=no\n' }
  const place = await openPlace(home, { 'a.txt': 'A\n', 'm.txt': 'M\n' }, files)
  write(place.root, { 'a.txt': 'mine\n' })
  const was = picture(place.root)
  await show(place)
  sh(place.root, 'config', 'filter.no.smudge', 'false')
  sh(place.root, 'config', 'filter.no.required', 'true')
  sh(place.root, 'config', 'filter.no.clean', 'cat')
  expect((await back(place)).how).toBe('back')
  expect(picture(place.root)).toEqual(was)
})

it('a lock that somebody holds for a moment, as a prompt that shows the status, is waited for', async () => {
  const place = await dirtyPlace()
  const lock = join(place.root, '.git/index.lock')
  const held = async (step: string) => {
    if (step !== 'index' && step !== 'install') return
    writeFileSync(lock, '')
    setTimeout(() => rmSync(lock), 100)
  }
  await show(place, place.work, stageOf(place, held))
  const stage = stageOf(place, held)
  await back(place, stage)
  expect(picture(place.root)).toEqual(place.was)
})

it('going back again and again changes nothing more', async () => {
  const place = await dirtyPlace()
  await show(place)
  await again(place, place.newer)
  await back(place)
  await recover(home, place.root)
  expect(picture(place.root)).toEqual(place.was)
})

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { erase, type Erasure } from '../../src/workspaces/erase.ts'
import { sh, temporary, write } from '../git/repo.ts'
import { make, place, snap, trashOptions, workspaces } from './fixture.ts'

const program = join(import.meta.dirname, '../../src/supervisor/erase-main.ts')
const root = process.platform === 'linux' && process.getuid?.() === 0

function erasure(directory: string, proof: Erasure['proof'] = null): Erasure {
  const { dev, ino } = lstatSync(directory)
  return { directory, dev, ino, proof }
}

describe('deleting for good', () => {
  test('takes what no mode protects, and no link further than itself', () => {
    const outside = temporary()
    write(outside, { precious: 'p' })
    const top = join(temporary(), 'tree')
    write(top, { 'closed/a/b/c': '1', 'read only/x': '1', '.git/token': 't', 'ünï/\u0001': '1' })
    symlinkSync(outside, join(top, 'link'))
    symlinkSync(join(outside, 'precious'), join(top, 'closed/a/file'))
    symlinkSync('nowhere', join(top, 'dangling'))
    chmodSync(join(top, 'closed/a/b'), 0o000)
    chmodSync(join(top, 'closed'), 0o000)
    chmodSync(join(top, 'read only'), 0o500)
    const proof = { at: ['.git', 'token'], content: 't' }
    expect(erase(erasure(top, proof))).toEqual({ gone: true, kept: [] })
    expect(existsSync(top)).toBe(false)
    expect(readdirSync(outside)).toEqual(['precious'])
    expect(erase({ ...erasure(outside), directory: top })).toEqual({ gone: true, kept: [] })
  })

  test.skipIf(!root)('the same as an ordinary user, whom modes do hold up (needs root to become one)', () => {
    const outside = temporary()
    const top = join(outside, 'tree')
    write(top, { 'closed/a/b/c': '1', x: '1' })
    chmodSync(join(top, 'closed/a'), 0o000)
    chmodSync(join(top, 'closed'), 0o000)
    execFileSync('chown', ['-R', '65534:65534', outside])
    // The sources may lie where only root can read.
    const copy = temporary()
    for (const file of ['supervisor/erase-main.ts', 'workspaces/erase.ts'])
      cpSync(join(import.meta.dirname, '../../src', file), join(copy, file), { recursive: true })
    cpSync(process.execPath, join(copy, 'node'))
    execFileSync('chmod', ['-R', 'a+rX', copy])
    const said = execFileSync(
      'setpriv',
      [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        join(copy, 'node'),
        join(copy, 'supervisor/erase-main.ts'),
        JSON.stringify(erasure(top)),
      ],
      { encoding: 'utf8', cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] },
    )
    expect(JSON.parse(said)).toEqual({ gone: true, kept: [] })
    expect(existsSync(top)).toBe(false)
  })

  test('refuses another directory than the recorded one, whatever stands there', () => {
    const top = join(temporary(), 'tree')
    write(top, { 'sub/x': '1', token: 't' })
    const wanted = erasure(top, { at: ['token'], content: 't' })
    const refused = (what: Erasure, why: RegExp) => {
      expect(erase(what)).toMatchObject({ gone: false, kept: [{ why: expect.stringMatching(why) }] })
      expect(readFileSync(join(top, 'sub/x'), 'utf8')).toBe('1')
    }
    refused({ ...wanted, ino: wanted.ino + 1 }, /another directory/)
    refused({ ...wanted, dev: wanted.dev + 1 }, /another directory/)
    refused({ ...wanted, proof: { at: ['token'], content: 'other' } }, /token/)
    renameSync(join(top, 'token'), join(top, 'elsewhere'))
    refused(wanted, /token/)
    symlinkSync('elsewhere', join(top, 'token'))
    refused(wanted, /token/)
    const link = join(temporary(), 'link')
    symlinkSync(top, link)
    refused({ ...wanted, directory: link }, /ELOOP|ENOTDIR/)
  })

  test.skipIf(!root)('crosses no mount, not even one of the same device (needs root)', ({ skip }) => {
    const outside = temporary()
    write(outside, { precious: 'p' })
    const top = join(temporary(), 'tree')
    write(top, { 'a/point/x': '1', 'b/y': '1', '.git/token': 't' })
    const point = join(top, 'a/point')
    try {
      execFileSync('mount', ['--bind', outside, point], { stdio: 'ignore' })
    } catch {
      skip('mount is not permitted here')
    }
    const what = erasure(top, { at: ['.git', 'token'], content: 't' })
    try {
      expect(erase(what)).toEqual({ gone: false, kept: [{ path: point, why: 'something is mounted there' }] })
    } finally {
      execFileSync('umount', [point])
    }
    expect(readdirSync(outside)).toEqual(['precious'])
    expect(readdirSync(top).toSorted()).toEqual(['.git', 'a'])
    expect(erase(what)).toEqual({ gone: true, kept: [] })
  })

  test('goes on after SIGKILL, in a process of its own', async () => {
    const top = join(temporary(), 'tree')
    for (let d = 0; d < 40; d += 1) {
      mkdirSync(join(top, `d${d}`), { recursive: true })
      for (let f = 0; f < 100; f += 1) writeFileSync(join(top, `d${d}/${f}`), '')
    }
    write(top, { '.git/token': 't' })
    const what = erasure(top, { at: ['.git', 'token'], content: 't' })
    const child = spawn(process.execPath, [program, JSON.stringify(what)], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    while (readdirSync(top).length === 41 && child.exitCode === null) await delay(1)
    child.kill('SIGKILL')
    await ended
    if (existsSync(top)) expect(readFileSync(join(top, '.git/token'), 'utf8')).toBe('t')
    expect(erase(what)).toEqual({ gone: true, kept: [] })
  })

  test('ends what a kill left between the token and the directory', () => {
    for (const left of [['.git'], []]) {
      const top = join(temporary(), 'tree')
      mkdirSync(join(top, ...left), { recursive: true })
      expect(erase(erasure(top, { at: ['.git', 'token'], content: 't' }))).toEqual({ gone: true, kept: [] })
      expect(existsSync(top)).toBe(false)
    }
  })
})

describe.each(['sealed', 'linked'] as const)('the end of the trash (%s)', (kind) => {
  test('keeps the refs while something of the directory is left', async () => {
    const at = await place()
    const one = await make(at, 'one', kind)
    write(one.path, { x: '1' })
    const trashed = await workspaces.trash(one, trashOptions(at))
    const directory = trashed.directory ?? ''
    renameSync(directory, `${directory}-aside`)
    mkdirSync(directory)
    const { ino } = lstatSync(directory)
    // Same number, other content: what an inode that was given again looks like.
    write(directory, { foreign: 'f' })
    await expect(workspaces.purge({ ...one, ino }, trashed)).rejects.toThrow(/does not hold the token/)
    expect(readFileSync(join(directory, 'foreign'), 'utf8')).toBe('f')
    expect(sh(at.repo.root, 'for-each-ref', 'refs/worktrain/trash')).not.toBe('')
    rmSync(directory, { recursive: true })
    renameSync(`${directory}-aside`, directory)
    await workspaces.purge(one, trashed)
    expect(existsSync(directory)).toBe(false)
    expect(sh(at.repo.root, 'for-each-ref', 'refs/worktrain')).toBe('')
  })

  test('does not come for a workspace that is back at work (a journal from a backup says so)', async () => {
    const at = await place()
    const one = await make(at, 'one', kind)
    const trashed = await workspaces.trash(one, trashOptions(at))
    const back = await workspaces.restore(one, trashed)
    await snap(back)
    write(back.path, { x: 'new work' })
    const refs = sh(at.repo.root, 'for-each-ref')
    await expect(workspaces.purge(one, trashed)).rejects.toMatchObject({ code: 'REMOVAL_UNSAFE' })
    // Removed again since: the trash of now is not the one that the old journal speaks of.
    const again = await workspaces.trash(back, { ...trashOptions(at), now: 1_700_000_999_000 })
    await expect(workspaces.purge(one, trashed)).rejects.toMatchObject({ code: 'REMOVAL_UNSAFE' })
    await workspaces.restore(back, again)
    expect(readFileSync(join(one.path, 'x'), 'utf8')).toBe('new work')
    expect(sh(at.repo.root, 'for-each-ref')).toBe(refs)
  })
})

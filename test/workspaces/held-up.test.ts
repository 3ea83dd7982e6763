/** Files with which a session would keep git from looking at the rest, or wait for ever. */
import { execFileSync } from 'node:child_process'
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { capture } from '../../src/workspaces/trusted.ts'
import { withRepositoryLock } from '../../src/git/lock.ts'
import { commit, sh, write } from '../git/repo.ts'
import { make, place, snap, workspaces } from './fixture.ts'

test('what git does not take is named, and costs nothing else', async () => {
  const at = await place()
  const ws = await make(at, 'a')
  const tracked = sh(ws.path, 'ls-files').split('\n')[0] ?? ''
  rmSync(join(ws.path, tracked))
  execFileSync('mkfifo', [join(ws.path, tracked)])
  write(ws.path, {
    ...{ '.GIT/config': 'work\n', 'git~1': 'work\n', 'sub/work.txt': 'work\n', 'odd.u16': 'abc' },
    '.gitattributes': '*.u16 working-tree-encoding=UTF-16\n',
  })
  writeFileSync(join(ws.path, 'huge'), '')
  truncateSync(join(ws.path, 'huge'), 5 * 1024 ** 3)

  const taken = await snap(ws, 1)
  const untaken = ['.GIT/config', 'git~1', 'huge', 'odd.u16', tracked]
  expect(taken.missing?.toSorted()).toEqual(untaken.toSorted())
  expect(sh(at.repo.root, 'show', `${taken.oid}:sub/work.txt`)).toBe('work')

  const { unsaved } = await workspaces.checkRemoval(ws, 'main')
  for (const name of untaken) expect(unsaved.map((each) => each.detail)).toContain(name)
})

test.each(['.gitignore', '.gitattributes'])(
  'a pipe in place of %s is named, not waited for',
  async (name) => {
    const ws = await make(await place(), 'a')
    write(ws.path, { 'deep/er/work.txt': 'work\n' })
    const pipe = join(ws.path, 'deep/er', name)
    execFileSync('mkfifo', [pipe])
    const error = await capture(ws, ws.path, ws.baseOid, { limitMs: 1500 }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'DIRECTORY_UNUSABLE',
      message: expect.stringContaining(pipe) as string,
    })
    rmSync(pipe)
    expect((await snap(ws, 1)).missing).toBeUndefined()
  },
)

test('what a session committed comes in without the mutex, so that a slow session holds up itself', async () => {
  const at = await place()
  const ws = await make(at, 'a')
  const work = commit(ws.path, { 'work.txt': 'work\n' })
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const somebody = withRepositoryLock(at.repo, () => held)
  try {
    expect(await workspaces.publish(ws)).toMatchObject({ oid: work, diverged: null })
  } finally {
    release()
  }
  await somebody
  expect(sh(at.repo.root, 'rev-parse', ws.branch)).toBe(work)
})

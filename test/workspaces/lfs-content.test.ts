/** Content of Git LFS files that a session commits is brought in with its commits, and nothing else is. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Workspace } from '../../src/workspaces/workspace.ts'
import { commit, sh } from '../git/repo.ts'
import { make, place, snap, workspaces } from './fixture.ts'

const nameOf = (content: string) => createHash('sha256').update(content).digest('hex')
const pointer = (content: string, size = content.length) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${nameOf(content)}\nsize ${size}\n`
const placeOf = (store: string, content: string) => {
  const oid = nameOf(content)
  return join(store, 'lfs/objects', oid.slice(0, 2), oid.slice(2, 4), oid)
}

/** As git-lfs keeps it. @param holds what the file really holds */
function keep(workspace: Workspace, content: string, holds = content): string {
  const file = placeOf(workspace.gitDir, content)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, holds)
  return file
}

test('what the commits name is brought in, whole', async () => {
  const at = await place()
  const one = await make(at, 'one')
  const [first, second] = ['picture\0\n'.repeat(30_000), 'sound']
  keep(one, first)
  commit(one.path, { 'a.bin': pointer(first) })
  await workspaces.publish(one)
  expect(readFileSync(placeOf(at.repo.commonDir, first), 'latin1')).toBe(first)
  keep(one, second)
  commit(one.path, { 'b.bin': pointer(second), 'c.txt': 'x' })
  await workspaces.publish(one)
  expect(readFileSync(placeOf(at.repo.commonDir, second), 'latin1')).toBe(second)
})

test('nothing is brought in that is not what its name says, or that no commit names', async () => {
  const at = await place()
  const one = await make(at, 'one')
  const brought = (content: string) => existsSync(placeOf(at.repo.commonDir, content))
  keep(one, 'forged', 'other!')
  keep(one, 'longer', 'longer and longer')
  keep(one, 'unnamed')
  const outside = join(at.top, 'outside')
  writeFileSync(outside, 'secret')
  const link = keep(one, 'secret')
  renameSync(link, `${link}.old`)
  symlinkSync(outside, link)
  const elsewhere = dirname(keep(one, 'linked'))
  renameSync(elsewhere, join(at.top, 'moved'))
  symlinkSync(join(at.top, 'moved'), elsewhere)
  const names = ['forged', 'longer', 'secret', 'linked', 'missing']
  commit(one.path, Object.fromEntries(names.map((content) => [`${content}.bin`, pointer(content)])))
  commit(one.path, { 'size.bin': pointer('sized', 4) })
  keep(one, 'sized')
  const { oid } = await workspaces.publish(one)
  expect(oid).not.toBe(one.baseOid)
  for (const content of [...names, 'unnamed', 'sized'])
    expect([content, brought(content)]).toEqual([content, false])
})

test('a file that is what its pointer says is unchanged in a snapshot, without a filter', async () => {
  const at = await place()
  const [same, changed, absent] = ['picture\0\n'.repeat(1000), 'sound', 'nowhere else']
  const files = { 'same.bin': pointer(same), 'changed.bin': pointer(changed), 'absent.bin': pointer(absent) }
  commit(at.repo.root, files)
  const one = await make(at, 'one')
  for (const content of [same, changed]) {
    mkdirSync(dirname(placeOf(at.repo.commonDir, content)), { recursive: true })
    writeFileSync(placeOf(at.repo.commonDir, content), content)
  }
  // As git-lfs would lay them out; the session's own attributes and filter have no part in it.
  const disk = { 'same.bin': same, 'changed.bin': 'SOUND', 'absent.bin': absent }
  for (const [name, content] of Object.entries(disk)) writeFileSync(join(one.path, name), content)
  const taken = await snap(one)
  const held = (name: string) => sh(at.repo.root, 'cat-file', 'blob', `${taken.oid}:${name}`)
  expect(held('same.bin')).toBe(pointer(same).trimEnd())
  expect(held('changed.bin')).toBe('SOUND')
  // Its content would go with the workspace.
  expect(held('absent.bin')).toBe(absent)
})

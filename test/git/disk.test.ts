/** A disk that is full in the middle of a write: nothing moves, no lock stays, and there is a code for it. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { exactRef, fetchRefs, moveRefs, updateRef } from '../../src/git/index.ts'
import { commit, repository, sh, temporary } from './repo.ts'

const mounted: string[] = []
afterEach(() => {
  for (const directory of mounted.splice(0)) execFileSync('umount', ['-l', directory])
})

/** A small file system of its own, or null where this user may not mount one. */
function small(): string | null {
  const directory = temporary()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', directory], { stdio: 'ignore' })
  } catch {
    return null
  }
  mounted.push(directory)
  return directory
}

const can = process.getuid?.() === 0 && process.platform === 'linux'
test.skipIf(!can)(
  `a fetch and a ref that moves on a full disk${can ? '' : ' (skipped: needs root to mount a small one)'}`,
  async (context) => {
    const disk = small()
    if (disk === null) return context.skip('nothing can be mounted here')
    const repo = await repository(join(disk, 'repo'))
    const head = sh(repo.root, 'rev-parse', 'HEAD')
    const other = join(temporary(), 'other')
    sh(disk, 'clone', '-q', repo.root, other)
    const big = commit(other, { 'big.bin': randomBytes(6_000_000).toString('latin1') })
    await updateRef(repo, 'refs/worktrain/a', head, null)
    const locks = () =>
      readdirSync(repo.commonDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /\.(lock|new)$|writes\/./.test(name),
      )

    const fetch = fetchRefs(repo, other, ['+refs/heads/main:refs/worktrain/b'])
    await expect(fetch).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(await exactRef(repo, 'refs/worktrain/b')).toBeNull()
    expect(locks()).toEqual([])

    const filler = join(disk, 'filler')
    expect(() => writeFileSync(filler, randomBytes(8_000_000))).toThrow(/ENOSPC/)
    const next = sh(other, 'rev-parse', 'HEAD~1')
    expect(next).toBe(head)
    await expect(updateRef(repo, 'refs/worktrain/c', head, null)).rejects.toMatchObject({ code: 'DISK_FULL' })
    const both = [
      { ref: 'refs/worktrain/a', new: null, old: head },
      { ref: 'refs/worktrain/d', new: head, old: null },
    ]
    await expect(moveRefs(repo, both, 'test')).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(await exactRef(repo, 'refs/worktrain/a')).toBe(head)
    expect(await exactRef(repo, 'refs/worktrain/c')).toBeNull()
    expect(locks()).toEqual([])

    // Once there is room it goes on.
    rmSync(filler)
    expect(await updateRef(repo, 'refs/worktrain/c', head, null)).toBe(true)
    expect(await moveRefs(repo, both, 'test')).toBe(true)
    expect(sh(repo.root, 'fsck', '--no-progress', '--no-dangling')).toBe('')
    expect(big).toHaveLength(head.length)
  },
)

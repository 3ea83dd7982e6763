/**
 * What a session's Git LFS files hold. Git brings in the pointers that it committed; the content stays in the
 * workspace's own store, and would go with it.
 */
import { createHash } from 'node:crypto'
import { constants, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type GitOptions, type Pointer, pointersIn } from '../git/index.ts'
import { inTrusted } from './trusted.ts'
import type { Workspace } from './workspace.ts'

/**
 * Copies into the repository's store what the pointers in a session's commits stand for, where the session has
 * it. A name is the hash of the content, so that nothing can be passed off for something else.
 * @param head ref of the trusted git directory, or a commit that it knows
 * @throws GIT_FAILED; as the file system does, such as ENOSPC
 */
export async function bringInContent(workspace: Workspace, head: string): Promise<void> {
  const store = join(workspace.gitDir, 'lfs', 'objects')
  if (!lstatSync(store, { throwIfNoEntry: false })?.isDirectory()) return
  const ours = join(workspace.repository.commonDir, 'lfs', 'objects')
  const run = (args: readonly string[], options?: GitOptions) => inTrusted(workspace, null, args, options)
  for (const pointer of await pointersIn(run, head, [workspace.baseOid])) {
    const place = [pointer.oid.slice(0, 2), pointer.oid.slice(2, 4)]
    const to = join(ours, ...place)
    if (!existsSync(join(to, pointer.oid)) && isPlain(store, place)) {
      mkdirSync(to, { recursive: true })
      await copy(join(store, ...place, pointer.oid), join(to, pointer.oid), pointer)
    }
  }
}

/** What opening says where there is none, or where something else was put: a link, a socket. */
const NOTHING = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'])

/** A link would lead to where the session itself cannot read. */
function isPlain(store: string, place: readonly string[]): boolean {
  return place
    .map((_, at) => join(store, ...place.slice(0, at + 1)))
    .every((directory) => lstatSync(directory, { throwIfNoEntry: false })?.isDirectory())
}

async function copy(from: string, to: string, { oid, size }: Pointer): Promise<void> {
  // Opening a pipe to read would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const source = await open(from, flags).catch((error: NodeJS.ErrnoException) => {
    if (NOTHING.has(error.code ?? '')) return null
    throw error
  })
  if (source === null) return
  const temporary = `${to}.worktrain`
  try {
    const stat = await source.stat()
    if (!stat.isFile() || stat.size !== size) return
    rmSync(temporary, { force: true })
    const target = await open(temporary, 'wx', 0o644)
    try {
      const hash = createHash('sha256')
      let left = size
      for await (const chunk of source.createReadStream({ autoClose: false, end: size })) {
        const part = (chunk as Buffer).subarray(0, left)
        left -= part.length
        hash.update(part)
        await target.writeFile(part)
      }
      if (hash.digest('hex') !== oid) return
      await target.sync()
    } finally {
      await target.close()
    }
    renameSync(temporary, to)
  } finally {
    await source.close()
    rmSync(temporary, { force: true })
  }
}

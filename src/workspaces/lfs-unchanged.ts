/**
 * Files that Git LFS would say are unchanged: git has the pointer, the file is what it stands for. Told without its filter,
 * which the session may have replaced: what it makes of a file is the file's hash and size.
 */
import { createHash } from 'node:crypto'
import { constants, lstatSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type Changed, type GitOptions, type GitResult, type Pointer, pointersAmong } from '../git/index.ts'
import type { WorkspaceSpec } from './workspace.ts'

/**
 * @param entries files that are not what the index says
 * @param run git of the trusted directory
 * @returns the paths, bytes, kept one to one in latin1; only of content that the repository's own store has, so that
 *   nothing is lost with the workspace
 */
export async function asPointed(
  { repository }: Pick<WorkspaceSpec, 'repository'>,
  top: string,
  entries: readonly Changed[],
  run: (args: string[], options?: GitOptions) => Promise<GitResult>,
): Promise<Set<string>> {
  const store = join(repository.commonDir, 'lfs', 'objects')
  const found = new Set<string>()
  if (!lstatSync(store, { throwIfNoEntry: false })?.isDirectory()) return found
  const files = entries.filter(({ oldMode, newMode }) => oldMode === newMode && newMode.startsWith('100'))
  const pointers = await pointersAmong(
    (args, options) => run([...args], options),
    files.map(({ oldOid }) => oldOid),
  )
  for (const { path, oldOid } of files) {
    const pointer = pointers.get(oldOid)
    if (pointer === undefined) continue
    const { oid, size } = pointer
    const kept = join(store, oid.slice(0, 2), oid.slice(2, 4), oid)
    if (lstatSync(kept, { throwIfNoEntry: false })?.size !== size) continue
    if (await holds(Buffer.concat([Buffer.from(`${top}/`), Buffer.from(path, 'latin1')]), pointer))
      found.add(path)
  }
  return found
}

/** Is a session's file this content? One that cannot be read is not; no link is followed, and no pipe waited for. */
async function holds(file: Buffer, { oid, size }: Pointer): Promise<boolean> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stat = await handle.stat()
      if (!stat.isFile() || stat.size !== size) return false
      const hash = createHash('sha256')
      let left = size
      for await (const chunk of handle.createReadStream({ autoClose: false })) {
        left -= (chunk as Buffer).length
        // It grows while it is read.
        if (left < 0) return false
        hash.update(chunk as Buffer)
      }
      return hash.digest('hex') === oid
    } finally {
      await handle.close()
    }
  } catch {
    return false
  }
}

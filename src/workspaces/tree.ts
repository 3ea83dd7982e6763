/** Removing and copying directories without ever leaving them through a link or a mount. */
import { constants, lstatSync } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, readdir, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Removes a directory tree. Links are removed, not followed; a mount below is an error. */
export async function removeTree(path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return
  if (stat.isDirectory()) await removeDirectory(Buffer.from(path), stat.dev)
  else await unlink(path)
}

/** Paths as bytes: names need not be UTF-8. */
async function removeDirectory(path: Buffer, dev: number): Promise<void> {
  const stat = await lstat(path)
  if (stat.dev !== dev) throw new Error(`${path.toString()} is a mount point`)
  // Tools leave read-only directories behind (Go's module cache): nothing in them could be unlinked.
  if ((stat.mode & 0o700) !== 0o700) await chmod(path, 0o700)
  for (const entry of await readdir(path, { withFileTypes: true, encoding: 'buffer' })) {
    const below = Buffer.concat([path, Buffer.from('/'), entry.name])
    if (entry.isDirectory()) await removeDirectory(below, dev)
    else await unlink(below)
  }
  await rmdir(path)
}

/**
 * Copies one regular file to the same relative place below another directory; never over a file, never
 * through a link.
 * @returns why it was not copied, or null
 */
export async function copyInto(from: string, to: string, name: string): Promise<string | null> {
  const source = lstatSync(join(from, name), { throwIfNoEntry: false })
  if (source === undefined) return 'it is gone'
  if (source.isSymbolicLink()) return 'it is a link'
  if (!source.isFile()) return 'it is not a file'
  let directory = to
  for (const part of dirname(name)
    .split('/')
    .filter((each) => each !== '.')) {
    directory = join(directory, part)
    const stat = lstatSync(directory, { throwIfNoEntry: false })
    if (stat === undefined) await mkdir(directory)
    else if (!stat.isDirectory()) return 'a directory on the way is a link or a file in the workspace'
  }
  try {
    await copyFile(join(from, name), join(to, name), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'the workspace has one already'
    throw error
  }
  return null
}

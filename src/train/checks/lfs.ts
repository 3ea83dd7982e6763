/**
 * Files that the repository keeps as Git LFS pointers. A check needs what they stand for: a picture, a model.
 *
 * No program is run and nothing is fetched: the content is copied from the person's own store when it is
 * there. Git's filter would find it dirty, as it knows the pointer: so its state is kept here.
 */
import { createHash } from 'node:crypto'
import { chmodSync, constants, copyFileSync, createReadStream, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { LARGEST_POINTER, readPointer } from '../../git/index.ts'

/** A file laid out in place of its pointer. */
export interface LaidOut {
  /** Path in the work tree, byte for byte. */
  path: string
  file: Buffer
  oid: string
  /** How it looked right after; a file that still looks so was not written. */
  seen: string
}

/**
 * Puts the content in the place of a pointer.
 * @param store directory of the person's objects, usually `.git/lfs/objects`
 * @returns null for a file that is no pointer, `missing` when the store does not have what it stands for
 * @throws as the file system does
 */
export async function layOutContent(
  store: string,
  path: string,
  file: Buffer,
): Promise<LaidOut | 'missing' | null> {
  const before = lstatSync(file)
  const pointer = before.size > LARGEST_POINTER ? null : readPointer(readFileSync(file))
  if (pointer === null) return null
  const { oid, size } = pointer
  const kept = join(store, oid.slice(0, 2), oid.slice(2, 4), oid)
  const there = lstatSync(kept, { throwIfNoEntry: false })
  if (!there?.isFile() || there.size !== size || (await hashOf(kept)) !== oid) return 'missing'
  // Shares the blocks where the file system can.
  copyFileSync(kept, file, constants.COPYFILE_FICLONE)
  chmodSync(file, before.mode & 0o777)
  return { path, file, oid, seen: look(file) }
}

/** Is the content no longer what was laid out? */
export async function isChanged({ file, oid, seen }: LaidOut): Promise<boolean> {
  if (look(file) === seen) return false
  return !lstatSync(file, { throwIfNoEntry: false })?.isFile() || (await hashOf(file)) !== oid
}

/** The change time cannot be set back by whoever owns the file. */
function look(file: Buffer): string {
  const stat = lstatSync(file, { throwIfNoEntry: false, bigint: true })
  return stat ? [stat.ino, stat.size, stat.mode, stat.mtimeNs, stat.ctimeNs].join(' ') : 'gone'
}

async function hashOf(file: string | Buffer): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** What differs between commits, the index and the files of a checkout. Reads only. */
import { createHash } from 'node:crypto'
import { createReadStream, lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { WorktrainError } from '../protocol/errors.ts'
import type { Repository } from './git.ts'
import { inCheckout, type Place } from './place.ts'

/** One path that differs between two states. Paths are bytes, kept one to one in latin1. */
export interface Changed {
  path: string
  oldMode: string
  newMode: string
  oldOid: string
  newOid: string
}

/** Mode of a path in a state that does not have it. */
export const NONE = '000000'
const SUBMODULE = '160000'

export const isNew = (entry: Pick<Changed, 'oldMode'>): boolean => entry.oldMode === NONE
export const isGone = (entry: Changed): boolean => entry.newMode === NONE
/** A submodule before, after, or both. */
export const isSubmodule = (entry: Changed): boolean => [entry.oldMode, entry.newMode].includes(SUBMODULE)

/** A submodule that is one no more. */
export const wasSubmodule = ({ oldMode, newMode }: Changed): boolean =>
  oldMode === SUBMODULE && newMode !== SUBMODULE

/** Where a path is on disk; a name need not be UTF-8. */
export function onDisk(place: Place, path: string): Buffer {
  return Buffer.from(join(Buffer.from(place.path).toString('latin1'), path), 'latin1')
}

/** The directories of a path, the outermost first. */
export function parentsOf(path: string): string[] {
  const found: string[] = []
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1))
    found.push(path.slice(0, slash))
  return found
}

/**
 * A file or link itself; also where a directory of the path is none.
 * @throws CHECKOUT_UNSAFE where a directory of the path is a link that leads in a circle
 */
export function statIfAny(file: Buffer): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTDIR') return undefined
    if (code !== 'ELOOP') throw error
    throw new WorktrainError(
      'CHECKOUT_UNSAFE',
      `A link on the way to ${file.toString()} leads in a circle.`,
      {
        hint: 'Remove that link, or restore the directory it stands for.',
      },
    )
  }
}

/** What makes git tell {@link rawEntries}. */
export const RAW = ['-z', '--raw', '--no-abbrev', '--end-of-options'] as const

export function rawEntries(bytes: Buffer): Changed[] {
  const fields = bytes.toString('latin1').split('\0')
  const entries: Changed[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', newMode = '', oldOid = '', newOid = ''] = (fields[at] ?? '').slice(1).split(' ')
    entries.push({ path: fields[at + 1] ?? '', oldMode, newMode, oldOid, newOid })
  }
  return entries
}

/** The paths that differ between two commits or trees. */
export async function changedPaths(
  repo: Repository,
  place: Place,
  from: string,
  to: string,
): Promise<Changed[]> {
  const args = ['diff-tree', '-r', '--no-renames', ...RAW, from, to]
  const { bytes } = await inCheckout(repo, place, args, { raw: true })
  return rawEntries(bytes)
}

/** How a path of the checkout differs from its commit. */
export interface Differing {
  staged: string
  unstaged: string
  mode: string
  oid: string
}

/**
 * Files that git was told to take for unchanged, or not to look at: `git status` is silent about them.
 * @param index another one than the checkout's own
 */
export async function hiddenPaths(repo: Repository, place: Place, index?: string): Promise<Set<string>> {
  const env = index === undefined ? {} : { env: { GIT_INDEX_FILE: index } }
  const { bytes } = await inCheckout(repo, place, ['ls-files', '-v', '-z'], { raw: true, ...env })
  const records = bytes.toString('latin1').split('\0')
  return new Set(records.filter((record) => /^[a-zS] /.test(record)).map((record) => record.slice(2)))
}

/** A file's content, or where a link leads; null: it is something else; undefined: there is none. */
export function contentOnDisk(place: Place, path: string): Buffer | null | undefined {
  const file = onDisk(place, path)
  const stat = statIfAny(file)
  if (stat?.isSymbolicLink()) return readlinkSync(file, { encoding: 'buffer' })
  return stat && (stat.isFile() ? readFileSync(file) : null)
}

const SYMLINK = '120000'

/**
 * The object that a file is, as it is: no filter has a part in it.
 * @param like another object's name: of the same kind
 * @returns null: there is no such file
 */
export async function rawObjectOf(place: Place, path: string, like: string): Promise<string | null> {
  const file = onDisk(place, path)
  const stat = statIfAny(file)
  if (!stat?.isFile()) return null
  const hash = createHash(like.length === 40 ? 'sha1' : 'sha256').update(`blob ${stat.size}\0`)
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** The content git would write to a file: with the line endings and filters of this checkout. */
export async function contentOf(
  repo: Repository,
  place: Place,
  path: string,
  mode: string,
  oid: string,
): Promise<Buffer> {
  const shown = shownPath(path)
  const how = mode === SYMLINK ? ['blob'] : ['--filters', `--path=${shown}`]
  const { bytes } = await inCheckout(repo, place, ['cat-file', ...how, oid], { raw: true })
  return bytes
}

/**
 * The file at a path that is to be written, or one where a directory of it should be; null: the way is free, or git knows better.
 * @param gone paths that are taken away at the same time
 * @param parents what was found of directories before; shared between calls
 */
export function standsAt(
  place: Place,
  path: string,
  gone: ReadonlySet<string>,
  parents: Map<string, boolean>,
): string | null {
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const parent = path.slice(0, slash)
    let free = parents.get(parent)
    if (free === undefined) {
      const stat = statIfAny(onDisk(place, parent))
      if (stat === undefined) return null
      free = stat.isDirectory() || gone.has(parent)
      parents.set(parent, free)
    }
    if (!free) return parent
  }
  const stat = statIfAny(onDisk(place, path))
  if (stat === undefined || stat.isDirectory()) return null
  // Where case does not count, a file that is renamed in nothing but its case is in nobody's way.
  const folded = path.toLowerCase()
  const same = [...gone].some(
    (other) => other.toLowerCase() === folded && statIfAny(onDisk(place, other))?.ino === stat.ino,
  )
  return same ? null : path
}

/** What differs between the commit, the index and the files of a checkout; untracked files are left out. */
export async function differing(
  repo: Repository,
  place: Place,
): Promise<{ paths: Map<string, Differing>; unmerged: string[] }> {
  const args = ['status', '--porcelain=v2', '-z', '--no-renames', '--untracked-files=no']
  const { bytes } = await inCheckout(repo, place, [...args, '--ignore-submodules=dirty'], { raw: true })
  const paths = new Map<string, Differing>()
  const unmerged: string[] = []
  for (const record of bytes.toString('latin1').split('\0')) {
    const fields = record.split(' ')
    if (fields[0] === 'u') unmerged.push(fields.slice(10).join(' '))
    if (fields[0] !== '1') continue
    const [, xy = '..', , , mode = '', , , oid = ''] = fields
    paths.set(fields.slice(8).join(' '), { staged: xy[0] ?? '.', unstaged: xy[1] ?? '.', mode, oid })
  }
  return { paths, unmerged }
}

export function shownPath(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8')
}

/**
 * What in the person's checkout a landing would overwrite, found before anything is begun. Reads only.
 *
 * Git looks for itself when it moves the files, and has the last word. This is asked first so that all
 * paths are named at once, so that waiting costs nothing but reading, and because git brings back a file
 * that the person has deleted and not committed.
 */
import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '../../git/index.ts'
import type { Blocked } from '../../protocol/index.ts'
import { inCheckout, type Place } from './checkout.ts'
import { plainText } from '../checks/output.ts'
import { overwriting } from './refusal.ts'

/** One path that a landing changes. Paths are bytes, kept one to one in latin1. */
export interface Landed {
  path: string
  oldMode: string
  newMode: string
  oldOid: string
  newOid: string
}

const NONE = '000000'
const SUBMODULE = '160000'

export const isNew = (entry: Pick<Landed, 'oldMode'>): boolean => entry.oldMode === NONE
export const isGone = (entry: Landed): boolean => entry.newMode === NONE
export const isSubmodule = (entry: Landed): boolean => [entry.oldMode, entry.newMode].includes(SUBMODULE)

/** Where a path is on disk; a name need not be UTF-8. */
export function onDisk(place: Place, path: string): Buffer {
  return Buffer.from(join(Buffer.from(place.path).toString('latin1'), path), 'latin1')
}

/** A file or link itself; also where a directory of the path is none. */
export function statIfAny(file: Buffer): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

/** The paths that differ between two commits. */
export async function landedPaths(
  repo: Repository,
  place: Place,
  old: string,
  commit: string,
): Promise<Landed[]> {
  const args = ['diff-tree', '-r', '--no-renames', ...RAW, old]
  const { bytes } = await inCheckout(repo, place, [...args, commit], { raw: true })
  return rawEntries(bytes)
}

/** What makes git tell {@link rawEntries}. */
export const RAW = ['-z', '--raw', '--no-abbrev', '--end-of-options'] as const

export function rawEntries(bytes: Buffer): Landed[] {
  const fields = bytes.toString('latin1').split('\0')
  const entries: Landed[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', newMode = '', oldOid = '', newOid = ''] = (fields[at] ?? '').slice(1).split(' ')
    entries.push({ path: fields[at + 1] ?? '', oldMode, newMode, oldOid, newOid })
  }
  return entries
}

/** How a path of the checkout differs from its commit. */
interface Differing {
  staged: string
  unstaged: string
  mode: string
  oid: string
}

/** What keeps the checkout from being moved from one commit to another; null: nothing that can be foreseen. */
export async function obstacles(
  repo: Repository,
  place: Place,
  old: string,
  commit: string,
): Promise<Blocked | null> {
  const [landed, status, hidden] = await Promise.all([
    landedPaths(repo, place, old, commit),
    differing(repo, place),
    hiddenPaths(repo, place),
  ])
  if (status.unmerged.length > 0) {
    const paths = status.unmerged.map(shownPath)
    const detail = `In ${place.path} conflicts are not resolved: ${plainText(paths.slice(0, 5).join(', '))}. Resolve them and \`git add\` the files, or take them back with \`git restore\`.`
    return { reason: 'mid-operation', paths, detail }
  }
  const gone = new Set(landed.filter(isGone).map((entry) => entry.path))
  const inWay = new Map<string, string>()
  const parents = new Map<string, boolean>()
  for (const entry of landed) {
    const differs = status.paths.get(entry.path)
    if (differs && isChanged(entry, differs)) inWay.set(entry.path, 'changed')
    else if (hidden.has(entry.path) && (await isEdited(repo, place, entry))) inWay.set(entry.path, HIDDEN)
    else if (isUnknown(entry, differs)) {
      const found = standsAt(place, entry.path, gone, parents)
      if (found !== null) inWay.set(found, 'untracked or ignored')
    }
  }
  return inWay.size === 0
    ? null
    : overwriting(place.path, new Set(inWay.values()), [...inWay.keys()].map(shownPath))
}

/** A change of the person's that is not the very change that lands. */
function isChanged(entry: Landed, { staged, unstaged, mode, oid }: Differing): boolean {
  const agrees = isGone(entry) ? staged === 'D' : mode === entry.newMode && oid === entry.newOid
  if (staged !== '.') return !agrees
  // Git leaves the files of a submodule alone, whatever its pointer does.
  if (unstaged === '.' || isSubmodule(entry)) return false
  return !(unstaged === 'D' && isGone(entry))
}

const HIDDEN = 'changed (and kept from `git status` by `git update-index`)'

/** Files that git was told to take for unchanged, or not to look at: `git status` is silent about them. */
export async function hiddenPaths(repo: Repository, place: Place): Promise<Set<string>> {
  const { bytes } = await inCheckout(repo, place, ['ls-files', '-v', '-z'], { raw: true })
  const records = bytes.toString('latin1').split('\0')
  return new Set(records.filter((record) => /^[a-zS] /.test(record)).map((record) => record.slice(2)))
}

async function isEdited(repo: Repository, place: Place, entry: Landed): Promise<boolean> {
  if (isNew(entry) || isSubmodule(entry)) return false
  const content = contentOnDisk(place, entry.path)
  if (content === undefined) return false
  const was = await contentOf(repo, place, entry.path, entry.oldMode, entry.oldOid)
  return content === null || !content.equals(was)
}

/** A file's content, or where a link leads; null: it is something else; undefined: there is none. */
export function contentOnDisk(place: Place, path: string): Buffer | null | undefined {
  const file = onDisk(place, path)
  const stat = statIfAny(file)
  if (stat?.isSymbolicLink()) return readlinkSync(file, { encoding: 'buffer' })
  return stat && (stat.isFile() ? readFileSync(file) : null)
}

const SYMLINK = '120000'

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

/** Would what stands at this path be no file that git knows? */
function isUnknown(entry: Landed, differs: Differing | undefined): boolean {
  return isGone(entry) ? differs?.staged === 'D' : isNew(entry) && differs === undefined
}

/** The file at a path, or one where a directory of it should be; null: the way is free, or git knows better. */
function standsAt(
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

function shownPath(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8')
}

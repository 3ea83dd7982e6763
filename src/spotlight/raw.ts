/**
 * Files of the person byte for byte, beside the commit that holds them.
 *
 * What git writes back is what its filters and line endings make of a commit: that need not be what was there, and of
 * the mode git knows one bit.
 */
import {
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { contentOf, inCheckout, NONE, onDisk, parentsOf, statIfAny } from '../git/index.ts'
import { readJson, writeFileDurably } from '../platform/files.ts'
import { inside, type Scene, syncFile } from './scene.ts'

/** By path (bytes, kept one to one in latin1), what stood there; without a copy: an unusual mode. */
type Kept = Record<string, { mode: number; copy?: string } | { link: string }>

const LIST = 'raw.json'
const keptIn = (scene: Scene): Kept => readJson<Kept>(inside(scene, LIST)) ?? {}

/** What git makes of a file that may be run, and of one that may not, for most people. */
const USUAL = [0o644, 0o755]

/** Copies files that are not kept yet; of further ones, unusual modes. */
export function keepRaw(scene: Scene, paths: Iterable<string>, others: Iterable<string> = []): void {
  const kept = keptIn(scene)
  let count = Object.keys(kept).length
  for (const path of others) {
    const stat = statIfAny(onDisk(scene.place, path))
    if (stat?.isFile() && !USUAL.includes(stat.mode & 0o7777)) kept[path] ??= { mode: stat.mode & 0o7777 }
  }
  for (const path of paths) {
    const was = Object.hasOwn(kept, path) ? kept[path] : undefined
    if (was && ('link' in was || was.copy !== undefined)) continue
    const file = onDisk(scene.place, path)
    const stat = statIfAny(file)
    if (stat?.isSymbolicLink()) kept[path] = { link: readlinkSync(file, { encoding: 'latin1' }) }
    if (!stat?.isFile()) continue
    const copy = `raw.${count}`
    count += 1
    copyFileSync(file, inside(scene, copy), constants.COPYFILE_FICLONE)
    // Whatever its mode: it must be readable here.
    chmodSync(inside(scene, copy), 0o600)
    syncFile(inside(scene, copy))
    kept[path] = { mode: stat.mode & 0o7777, copy }
  }
  writeFileDurably(inside(scene, LIST), JSON.stringify(kept))
}

/**
 * Makes kept files what they were, where git has written what it makes of them; what is anything else stays.
 * @param commit that they were kept with
 * @param but paths that are not meant
 */
export async function putRaw(scene: Scene, commit: string, but: ReadonlySet<string>): Promise<void> {
  const kept = keptIn(scene)
  const entries = await entriesOf(scene, commit)
  for (const [path, was] of Object.entries(kept)) {
    const entry = entries.get(path)
    if ('link' in was || but.has(path) || entry === undefined) continue
    const file = onDisk(scene.place, path)
    const stat = statIfAny(file)
    if (!stat?.isFile() || !isReached(scene, path)) continue
    const { mode, copy } = was
    const content = readFileSync(file)
    const whole = () => contentOf(scene.repo, scene.place, path, entry.mode, entry.oid)
    if (copy === undefined || content.equals(readFileSync(inside(scene, copy)))) {
      if ((stat.mode & 0o7777) === mode) continue
      if (copy !== undefined || content.equals(await whole())) chmodSync(file, mode)
    } else if (content.equals(await whole())) replace(scene, file, { mode, copy })
  }
}

async function entriesOf(
  { repo, place }: Scene,
  commit: string,
): Promise<Map<string, { mode: string; oid: string }>> {
  const args = ['ls-tree', '-r', '-z', '--full-tree', commit]
  const { bytes } = await inCheckout(repo, place, args, { raw: true })
  const entries = new Map<string, { mode: string; oid: string }>()
  for (const record of bytes.toString('latin1').split('\0')) {
    const tab = record.indexOf('\t')
    const [mode = '', , oid = ''] = record.slice(0, tab).split(' ')
    entries.set(record.slice(tab + 1), { mode, oid })
  }
  return entries
}

/**
 * Does without git what git's filters might not do once more: takes away what is to be gone, and puts the kept files in
 * its place. Whoever calls it knows that nobody else has written them, and has kept what is there.
 */
export function restoreRaw(scene: Scene, entries: readonly { path: string; mode: string }[]): void {
  const kept = keptIn(scene)
  const { place } = scene
  for (const { path } of entries.filter(({ mode }) => mode === NONE)) {
    const stat = statIfAny(onDisk(place, path))
    if (!stat || stat.isDirectory() || !isReached(scene, path)) continue
    rmSync(onDisk(place, path))
    for (const parent of parentsOf(path).toReversed())
      if (readdirSync(onDisk(place, parent)).length === 0) rmdirSync(onDisk(place, parent))
      else break
  }
  for (const { path } of entries) {
    const was = Object.hasOwn(kept, path) ? kept[path] : undefined
    if (was === undefined || statIfAny(onDisk(place, path))?.isDirectory()) continue
    for (const parent of parentsOf(path))
      if (!statIfAny(onDisk(place, parent)) && isReached(scene, parent)) mkdirSync(onDisk(place, parent))
    if (!isReached(scene, path)) continue
    const file = onDisk(place, path)
    if (!('link' in was)) {
      const { mode, copy } = was
      if (copy !== undefined) replace(scene, file, { mode, copy })
    } else if (!statIfAny(file)) symlinkSync(Buffer.from(was.link, 'latin1'), file)
  }
}

/** Through directories alone, not through a link that leads elsewhere. */
export function isReached({ place }: Pick<Scene, 'place'>, path: string): boolean {
  return parentsOf(path).every((parent) => statIfAny(onDisk(place, parent))?.isDirectory())
}

/** By a rename, so that it is never half there. */
function replace(scene: Scene, file: Buffer, by: { mode: number; copy: string }): void {
  const beside = Buffer.from(join(dirname(file.toString('latin1')), `.worktrain-${scene.id}`), 'latin1')
  // Left by a death: the name is this spotlight's alone.
  rmSync(beside, { force: true })
  try {
    copyFileSync(inside(scene, by.copy), beside, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    syncFile(beside)
    chmodSync(beside, by.mode)
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

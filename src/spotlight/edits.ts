/** What the person changed while they looked: kept as a commit before anything else happens to it. */
import { readJson, writeFileDurably } from '../platform/files.ts'
import {
  type Changed,
  changedPaths,
  commitTree,
  inCheckout,
  onDisk,
  rawObjectOf,
  shownPath,
  statIfAny,
} from '../git/index.ts'
import { namedFiles } from '../protocol/file-names.ts'
import { type Captured, isPlain, updateIndex } from './capture.ts'
import { indexRecord } from './destination.ts'
import { isReached } from './raw.ts'
import { copyIndex, inside, keepCommit, type Scene, write } from './scene.ts'
import type { SpotlightState } from './state.ts'

export interface Edits {
  commit: string
  files: string[]
}

/** More is a build that git was not told to ignore, and no edit: files, bytes. */
const MOST_FILES = 200
const MOST_BYTES = 50 * 1024 * 1024
/** Paths that are named in the journal. */
const NAMED = 500
const LIST = 'untracked.json'

/** Remembers which untracked files there are before the person does anything. */
export async function noteUntracked(scene: Scene): Promise<void> {
  writeFileDurably(inside(scene, LIST), JSON.stringify(await untracked(scene)))
}

/**
 * @returns null when nothing was changed; `notes`: what is not in it, each a sentence
 */
export async function keepEdits(
  scene: Scene,
  state: SpotlightState,
  present: Captured,
): Promise<{ edits: Edits | null; notes: string[] }> {
  const { shown } = state
  if (shown === null) return { edits: null, notes: [] }
  const { names, notes } = await newFiles(scene)
  const plain = await isPlain(scene, present)
  const asShown = await unchanged(scene, shown.commit, present)
  const nothing = asShown.none && asShown.staged.length === 0 && names.length === 0
  if (nothing && present.head.commit === shown.commit) return { edits: null, notes }
  let { commit } = present
  if (names.length > 0 || asShown.paths.length > 0) {
    const index = inside(scene, 'edits.files')
    copyIndex(present.files, index)
    const records = asShown.paths.map(({ path, oldMode, oldOid }) => indexRecord(path, oldMode, oldOid))
    await updateIndex(scene, index, ['--index-info'], records)
    await updateIndex(scene, index, ['--add'], names)
    const tree = (await write(scene, ['write-tree'], { env: { GIT_INDEX_FILE: index } })).stdout.trim()
    const { repo, now } = scene
    const message = `worktrain: edits while looking at ${shown.name}\n`
    commit = await commitTree(repo, { tree, parents: [present.head.commit, commit], message, at: now() })
  } else if (plain) commit = present.head.commit
  await keepCommit(scene, `edits/${state.edits.length + 1}`, commit)
  const { repo, place } = scene
  const changed = await changedPaths(repo, place, shown.commit, commit)
  const paths = new Set([...changed, ...asShown.staged].map(({ path }) => path))
  return { edits: { commit, files: [...paths].slice(0, NAMED).map(shownPath) }, notes }
}

/**
 * Files that are what was shown, byte for byte, although git, with the filters of this checkout, makes another object
 * of them: so with content that Git LFS would keep, and a saved state holds itself.
 * @returns `none`: no file was changed; `staged`: what is in the index, be it not in the files
 */
async function unchanged(
  scene: Scene,
  shown: string,
  present: Captured,
): Promise<{ paths: Changed[]; none: boolean; staged: Changed[] }> {
  const { repo, place } = scene
  const files = await changedPaths(repo, place, shown, present.commit)
  const paths: Changed[] = []
  for (const entry of files) {
    const { path, oldMode, newMode, oldOid } = entry
    if (oldMode !== newMode || !isReached(scene, path)) continue
    if ((await rawObjectOf(place, path, oldOid)) === oldOid) paths.push(entry)
  }
  const cleaned = new Map(paths.map(({ path, newOid }) => [path, newOid]))
  const inIndex = await changedPaths(repo, place, shown, present.staged)
  const staged = inIndex.filter(({ path, newOid }) => cleaned.get(path) !== newOid)
  return { paths, none: paths.length === files.length, staged }
}

/** Untracked files that were not there when the person began to look. */
async function newFiles(scene: Scene): Promise<{ names: string[]; notes: string[] }> {
  const before = readJson<string[]>(inside(scene, LIST))
  if (before === null) return { names: [], notes: [] }
  const known = new Set(before)
  const added = (await untracked(scene)).filter((path) => !known.has(path))
  const files = added.flatMap((path) => {
    const stat = statIfAny(onDisk(scene.place, path))
    return stat?.isFile() || stat?.isSymbolicLink() ? [{ path, size: stat.size }] : []
  })
  const size = files.reduce((sum, file) => sum + file.size, 0)
  if (files.length > MOST_FILES || size > MOST_BYTES)
    return { names: [], notes: [`${files.length} new untracked files stay where they are.`] }
  const names = files.map(({ path }) => path)
  const notes =
    names.length === 0 ? [] : [`New files stay where they are: ${namedFiles(names.map(shownPath), 5)}.`]
  return { names, notes }
}

async function untracked({ repo, place }: Scene): Promise<string[]> {
  const { bytes } = await inCheckout(repo, place, ['ls-files', '-z', '--others', '--exclude-standard'], {
    raw: true,
  })
  return bytes.toString('latin1').split('\0').filter(Boolean)
}

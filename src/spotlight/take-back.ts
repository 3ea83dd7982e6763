/**
 * What the files of a checkout are to be when a move between two commits ended half-way.
 *
 * Git leaves files of either commit, beginnings of files, and files that are missing. Those are put right. Whatever
 * else stands there somebody has written since, and it stays.
 */
import { type Changed, changedPaths, contentOf, contentOnDisk, NONE } from '../git/index.ts'
import { type Captured, updateIndex } from './capture.ts'
import { indexRecord } from './destination.ts'
import { copyIndex, inside, type Scene, write } from './scene.ts'

interface Entry {
  mode: string
  oid: string
}

export interface Mixed {
  tree: string
  /** What git has written already, or will. */
  written: { path: string; mode: string }[]
  /** Paths that somebody else has written since: they stay as they are. Bytes, kept one to one in latin1. */
  others: string[]
}

/**
 * @param move the two commits between which it ended
 * @param to commit of what it shall be
 * @param left paths that stay, whatever they hold
 */
export async function mixedState(
  scene: Scene,
  move: { from: string; to: string },
  present: Captured,
  to: string,
  left: readonly string[],
): Promise<Mixed> {
  const { repo, place } = scene
  const between = byPath(await changedPaths(repo, place, move.from, move.to))
  const toward = byPath(await changedPaths(repo, place, move.from, to))
  const found = byPath(await changedPaths(repo, place, move.from, present.commit))
  const written: Mixed['written'] = []
  const others: string[] = []
  const records: string[] = []
  for (const path of new Set([...between.keys(), ...toward.keys()])) {
    const began = oldOf(between.get(path) ?? toward.get(path))
    const aimed = newOf(between.get(path)) ?? began
    const wanted = newOf(toward.get(path)) ?? began
    const is = newOf(found.get(path)) ?? began
    const ours =
      !left.includes(path) &&
      (same(is, began) ||
        same(is, wanted) ||
        same(is, aimed) ||
        is.mode === NONE ||
        (await isBeginning(scene, path, aimed)) ||
        (await isBeginning(scene, path, wanted)))
    if (!ours) {
      others.push(path)
      continue
    }
    if (!same(is, wanted)) records.push(indexRecord(path, wanted.mode, wanted.oid))
    if (!same(is, wanted) || !same(began, wanted)) written.push({ path, mode: wanted.mode })
  }
  const index = inside(scene, 'mixed.files')
  copyIndex(present.files, index)
  await updateIndex(scene, index, ['--replace', '--index-info'], records)
  const { stdout } = await write(scene, ['write-tree'], { env: { GIT_INDEX_FILE: index } })
  return { tree: stdout.trim(), written, others }
}

const byPath = (entries: Changed[]) => new Map(entries.map((entry) => [entry.path, entry]))
const oldOf = (entry: Changed | undefined): Entry => ({
  mode: entry?.oldMode ?? NONE,
  oid: entry?.oldOid ?? '',
})
const newOf = (entry: Changed | undefined): Entry | undefined =>
  entry && { mode: entry.newMode, oid: entry.newOid }
const same = (a: Entry, b: Entry) => a.mode === b.mode && (a.mode === NONE || a.oid === b.oid)

/** Does the file hold a part of what git would write there, from its beginning? */
async function isBeginning(scene: Scene, path: string, entry: Entry): Promise<boolean> {
  if (entry.mode === NONE) return false
  const content = contentOnDisk(scene.place, path)
  if (!content) return false
  const whole = await contentOf(scene.repo, scene.place, path, entry.mode, entry.oid)
  return content.equals(whole.subarray(0, content.length))
}

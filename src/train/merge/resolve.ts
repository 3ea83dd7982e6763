/**
 * Conflicts that something else than git can decide: a resolution remembered from an earlier merge, or the
 * merge driver the person configured. All of them or none: what is left goes back to its session whole.
 */
import type { Repository } from '../../git/index.ts'
import type { ResolvedPath } from '../../protocol/index.ts'
import type { Conflict, Merge } from './merging.ts'
import { blob, entriesOf, hasMarkers, MARKER_SIZE } from './content.ts'
import { type MergeRoom, writeInObjects } from './objects.ts'
import { bytesOf, shown } from './paths.ts'
import { recall } from './remember.ts'

/** Merges one file; the files are in bytes, as committed. */
export interface MergeDriver {
  /** As configured: named in what a person is told. */
  command: string
  /** @returns null when it does not know either */
  merge(files: DriverInput): Promise<Buffer | null>
}

export interface DriverInput {
  /** Null: both sides added the file. */
  base: Buffer | null
  ours: Buffer
  theirs: Buffer
  path: string
  markerSize: number
}

/** A conflict about lines, in a file that is a plain file on both sides. */
export function isAboutContent(merge: Merge): boolean {
  const plain = (conflict: Conflict) =>
    [conflict.ours, conflict.theirs].every((stage) => stage !== null && stage.mode.startsWith('100')) &&
    (conflict.base === null || conflict.base.mode.startsWith('100'))
  return (
    merge.conflicts.length > 0 &&
    merge.conflicts.every(plain) &&
    merge.messages.every(({ kind }) => kind === 'CONFLICT (contents)')
  )
}

/**
 * Resolves every conflict of a merge.
 * @param by.remembered directory of the remembered resolutions; null: none are used
 * @returns null when one is left, or when they are about more than lines
 */
export async function resolveAll(
  repo: Repository,
  room: MergeRoom,
  merge: Merge,
  by: { remembered: string | null; driver: MergeDriver | null },
): Promise<{ tree: string; resolved: ResolvedPath[]; paths: string[] } | null> {
  if ((by.remembered === null && by.driver === null) || !isAboutContent(merge)) return null
  const marked = await entriesOf(repo, room, merge.tree)
  const entries: string[] = []
  const resolved: ResolvedPath[] = []
  for (const conflict of merge.conflicts) {
    const entry = marked.get(conflict.path)
    if (entry === undefined) return null
    const found = await resolveOne(repo, room, conflict, entry.oid, by)
    if (found === null) return null
    const oid = await writeInObjects(repo, room, ['hash-object', '-w', '-t', 'blob', '--stdin'], {
      input: found.content,
    })
    entries.push(`${entry.mode} ${oid.stdout.trim()}\t${conflict.path}\0`)
    resolved.push({ path: shown(conflict.path), how: found.how, from: found.from })
  }
  await writeInObjects(repo, room, ['read-tree', merge.tree])
  await writeInObjects(repo, room, ['update-index', '-z', '--index-info'], {
    input: bytesOf(entries.join('')),
  })
  const { stdout } = await writeInObjects(repo, room, ['write-tree'])
  return { tree: stdout.trim(), resolved, paths: merge.conflicts.map(({ path }) => path) }
}

async function resolveOne(
  repo: Repository,
  room: MergeRoom,
  conflict: Conflict,
  marked: string,
  by: { remembered: string | null; driver: MergeDriver | null },
): Promise<{ content: Buffer; how: ResolvedPath['how']; from: string } | null> {
  if (by.remembered !== null) {
    const known = await recall(repo, room, by.remembered, conflict, await blob(repo, room, marked))
    if (known !== null && !hasMarkers(known.content)) return { ...known, how: 'remembered' }
  }
  const { base, ours, theirs } = conflict
  if (by.driver === null || ours === null || theirs === null) return null
  const content = await by.driver.merge({
    base: base === null ? null : await blob(repo, room, base.oid),
    ours: await blob(repo, room, ours.oid),
    theirs: await blob(repo, room, theirs.oid),
    path: shown(conflict.path),
    markerSize: MARKER_SIZE,
  })
  if (content === null || hasMarkers(content)) return null
  return { content, how: 'driver', from: by.driver.command }
}

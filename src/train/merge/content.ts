/** What the files of a tree hold. */
import type { Repository } from '../../git/index.ts'
import { inObjects, type MergeRoom } from './objects.ts'
import { fieldsOf } from './paths.ts'

/** Length of git's conflict markers. */
export const MARKER_SIZE = 7
const MARKER = /^(<{7,}|\|{7,}|>{7,})( |\r?$)/m

export function hasMarkers(content: Buffer): boolean {
  return MARKER.test(content.toString('latin1'))
}

/** The bytes of a file, as committed. */
export async function blob(repo: Repository, room: MergeRoom, oid: string): Promise<Buffer> {
  return (await inObjects(repo, room, ['cat-file', 'blob', oid], { raw: true })).bytes
}

/** Every file of a tree: what it is, by its path. */
export async function entriesOf(
  repo: Repository,
  room: MergeRoom,
  tree: string,
): Promise<Map<string, { mode: string; oid: string }>> {
  const { bytes } = await inObjects(repo, room, ['ls-tree', '-r', '-z', tree], { raw: true })
  const found = new Map<string, { mode: string; oid: string }>()
  for (const entry of fieldsOf(bytes)) {
    const [, mode = '', oid = '', path] = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(entry) ?? []
    if (path !== undefined) found.set(path, { mode, oid })
  }
  return found
}

/** Names that some file systems cannot tell apart. */
import type { Repository } from '../../git/index.ts'
import type { Diff } from './diffs.ts'
import { inObjects, type MergeRoom } from './objects.ts'
import { fieldsOf, shown } from './paths.ts'

/** Two names of one file, there where case or the form of an accent does not count. */
export interface Collision {
  /** Brought by the merge. */
  added: string
  /** Was there, or is brought as well. */
  other: string
}

/** Names that a merge adds and that a checkout would lay over another file, or over a directory. */
export async function collisions(
  repo: Repository,
  room: MergeRoom,
  brought: Diff,
  tree: string,
): Promise<Collision[]> {
  const added = new Set([...brought].filter(([, letter]) => letter === 'A').map(([path]) => path))
  if (added.size === 0) return []
  const { bytes } = await inObjects(repo, room, ['ls-tree', '-r', '-z', '--name-only', tree], { raw: true })
  return foldedTogether(
    added,
    fieldsOf(bytes).filter((path) => path !== ''),
  )
}

/** Pure. @param all every path of the tree, the added ones among them */
export function foldedTogether(added: ReadonlySet<string>, all: readonly string[]): Collision[] {
  const keys = all.map(folded)
  const files = new Map<string, string[]>()
  for (const [at, path] of all.entries()) {
    const key = keys[at] ?? ''
    const same = files.get(key)
    if (same) same.push(path)
    else files.set(key, [path])
  }
  const found = new Map<string, Collision>()
  const meet = (one: string, other: string) => {
    const [first, second] = added.has(one) ? [one, other] : [other, one]
    if (added.has(first) && one !== other && !found.has(first))
      found.set(first, { added: shown(first), other: shown(second) })
  }
  for (const [at, path] of all.entries()) {
    const key = keys[at] ?? ''
    for (const twin of files.get(key) ?? []) meet(path, twin)
    // A file where another path has a directory.
    for (let end = key.indexOf('/'); end !== -1; end = key.indexOf('/', end + 1))
      for (const file of files.get(key.slice(0, end)) ?? []) meet(path, file)
  }
  return [...found.values()]
}

function folded(path: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/^[\u0000-\u007f]*$/.test(path)) return path.toLowerCase()
  return shown(path).normalize('NFC').toLowerCase()
}

/**
 * The guard against a wrong merge: a candidate may change what its change changed, and nothing else.
 *
 * On 2026-04-23 a merge queue used a wrong merge base for hours and silently reverted landed work in 2,092
 * pull requests (facts/merge-and-partition 9.2); this check would have stopped every one of them (G4).
 */
import type { Repository } from '../git/index.ts'
import { inObjects, type MergeRoom } from './objects.ts'
import { fieldsOf } from './paths.ts'

/** Paths each side changed since they parted. */
export interface Sides {
  bases: string[]
  /** Changed on the target. */
  ours: Set<string>
  /** Changed by the change. */
  theirs: Set<string>
}

/** @returns null for histories without a common commit */
export async function sidesOf(
  repo: Repository,
  room: MergeRoom,
  base: string,
  head: string,
): Promise<Sides | null> {
  const { stdout } = await inObjects(repo, room, ['merge-base', '--all', base, head], { allow: [1] })
  const bases = stdout.split('\n').filter((line) => line !== '')
  if (bases.length === 0) return null
  const sides: Sides = { bases, ours: new Set(), theirs: new Set() }
  for (const from of bases) {
    for (const path of await changedPaths(repo, room, from, base)) sides.ours.add(path)
    for (const path of await changedPaths(repo, room, from, head)) sides.theirs.add(path)
  }
  return sides
}

/** Paths of the candidate's tree that are neither the target's nor the change's. */
export async function foreignPaths(
  repo: Repository,
  room: MergeRoom,
  merge: { base: string; head: string; tree: string; sides: Sides },
): Promise<string[]> {
  const { base, head, tree, sides } = merge
  const brought = await changedPaths(repo, room, base, tree)
  const against = await changedPaths(repo, room, head, tree)
  const suspects = [...brought].filter((path) => !sides.theirs.has(path))
  // What only the change touched must be exactly as it is there.
  const altered = [...sides.theirs].filter((path) => !sides.ours.has(path) && against.has(path))
  if (suspects.length === 0 && altered.length === 0) return []
  const moved = await renames(repo, room, merge)
  return [...suspects, ...altered].filter((path) => !moved.has(path)).sort()
}

/** Paths where a rename on one side takes an edit of the other: both names of each rename. */
async function renames(
  repo: Repository,
  room: MergeRoom,
  merge: { base: string; head: string; sides: Sides },
): Promise<Set<string>> {
  const paths = new Set<string>()
  for (const from of merge.sides.bases) {
    for (const [side, other] of [
      [merge.base, merge.sides.theirs],
      [merge.head, merge.sides.ours],
    ] as const) {
      const args = ['diff-tree', '-r', '-z', '-M', '-l7000', '--diff-filter=R', '--name-status', from, side]
      const fields = fieldsOf((await inObjects(repo, room, args, { raw: true })).bytes)
      for (let at = 0; at + 2 < fields.length; at += 3) {
        const [, before = '', after = ''] = fields.slice(at, at + 3)
        if (!other.has(before) && !other.has(after)) continue
        paths.add(before)
        paths.add(after)
      }
    }
  }
  return paths
}

/** Paths that differ between two trees; a rename is two of them. */
export async function changedPaths(
  repo: Repository,
  room: MergeRoom,
  from: string,
  to: string,
  only = '',
): Promise<Set<string>> {
  const filter = only === '' ? [] : [`--diff-filter=${only}`]
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-only', ...filter, from, to]
  const { bytes } = await inObjects(repo, room, args, { raw: true })
  return new Set(fieldsOf(bytes).filter((path) => path !== ''))
}

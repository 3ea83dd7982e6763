/**
 * The guard against a wrong merge: a candidate may change what its change changed, and nothing else.
 *
 * On 2026-04-23 a merge queue used a wrong merge base for hours and silently reverted landed work in 2,092
 * pull requests (facts/merge-and-partition 9.2); this check would have stopped every one of them (G4).
 */
import type { Repository } from '../../git/index.ts'
import { type Diff, diffTrees, treesOf } from './diffs.ts'
import { inObjects, type MergeRoom } from './objects.ts'
import { fieldsOf } from './paths.ts'

/** What each side changed since they parted. */
export interface Sides {
  /** Trees of the target, of the change, and of every best common ancestor. */
  base: string
  head: string
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
  const common = stdout.split('\n').filter((line) => line !== '')
  if (common.length === 0) return null
  const [baseTree = '', headTree = '', ...bases] = await treesOf(repo, room, [base, head, ...common])
  const diffs = await diffTrees(
    repo,
    room,
    bases.flatMap((from) => [[from, baseTree] as const, [from, headTree] as const]),
  )
  const sides: Sides = { base: baseTree, head: headTree, bases, ours: new Set(), theirs: new Set() }
  for (const [at, diff] of diffs.entries())
    for (const path of diff.keys()) (at % 2 === 0 ? sides.ours : sides.theirs).add(path)
  return sides
}

/** What a merge made of both sides, file by file. */
export interface Outcome {
  /** What it changes on the target. */
  brought: Diff
  /** Paths that are neither the target's nor the change's. */
  foreign: string[]
  /** Paths it changes on the target that are not simply the change's: work of both sides may be in them. */
  mixed: Set<string>
}

const NONE: Diff = new Map()

export async function outcomeOf(
  repo: Repository,
  room: MergeRoom,
  sides: Sides,
  tree: string,
): Promise<Outcome> {
  const pairs = [[sides.base, tree] as const, [sides.head, tree] as const]
  const [brought = NONE, against = NONE] = await diffTrees(repo, room, pairs)
  const suspects = [...brought.keys()].filter((path) => !sides.theirs.has(path))
  // What only the change touched must be exactly as it is there.
  const altered = [...sides.theirs].filter((path) => !sides.ours.has(path) && against.has(path))
  const mixed = new Set([...brought.keys()].filter((path) => against.has(path) || sides.ours.has(path)))
  if (suspects.length === 0 && altered.length === 0) return { brought, foreign: [], mixed }
  const moved = await renames(repo, room, sides)
  const foreign = [...suspects, ...altered].filter((path) => !moved.has(path)).sort()
  return { brought, foreign, mixed }
}

/** Paths where a rename on one side takes an edit of the other: both names of each rename. */
async function renames(repo: Repository, room: MergeRoom, sides: Sides): Promise<Set<string>> {
  const paths = new Set<string>()
  for (const from of sides.bases) {
    for (const [side, other] of [
      [sides.base, sides.theirs],
      [sides.head, sides.ours],
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

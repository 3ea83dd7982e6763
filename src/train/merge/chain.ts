/** Merges changes one after another on top of a commit: the candidate of a build. */
import { type Repository, treeOf } from '../../git/index.ts'
import type { BuildMember, ResolvedPath } from '../../protocol/index.ts'
import { buildCandidate, type Built, type MergeOptions } from './candidate.ts'
import type { Objects } from './objects.ts'
import type { Change } from '../ports.ts'

export type Chain =
  | {
      kind: 'built'
      members: BuildMember[]
      commit: string
      tree: string
      resolved: ResolvedPath[]
      notes: string[]
    }
  /** `change` cannot be merged on top of `onto`, the base and the members before it. */
  | { kind: 'refused'; change: Change; before: BuildMember[]; onto: string; built: Refusal }

export type Refusal = Exclude<Built, { kind: 'candidate' } | { kind: 'contained' }>

/**
 * The same changes on the same base give the same commits, however often they are built.
 *
 * A member whose content is there already adds no commit of its own: it lands with what is before it.
 * @throws GIT_FAILED, DISK_FULL when git cannot work at all
 */
export async function buildChain(
  repo: Repository,
  objects: Objects,
  base: string,
  changes: readonly Change[],
  options: MergeOptions,
): Promise<Chain> {
  const members: BuildMember[] = []
  const resolved: ResolvedPath[] = []
  const notes: string[] = []
  const recent = [...(options.recent ?? [])]
  let onto = base
  let tree = await treeOf(repo, base)
  for (const change of changes) {
    const built = await buildCandidate(repo, objects, change, onto, { ...options, recent })
    if (built.kind === 'candidate') {
      // What a member before it brought may get lost as well as what has landed.
      recent.push({ old: onto, new: built.commit })
      onto = built.commit
      tree = built.tree
      resolved.push(...built.resolved)
      notes.push(...built.notes)
    } else if (built.kind !== 'contained') return { kind: 'refused', change, before: members, onto, built }
    members.push({ change: change.id, name: change.name, head: change.head, commit: onto, tree })
  }
  return { kind: 'built', members, commit: onto, tree, resolved, notes }
}

/** Which files differ between trees: any number of pairs in one git process. */
import type { Repository } from '../../git/index.ts'
import { WorktrainError } from '../../protocol/index.ts'
import { inObjects, type MergeRoom } from './objects.ts'
import { bytesOf, fieldsOf } from './paths.ts'

/** Paths that differ, with how: git's letter, such as `A`, `D`, `M` or `T`. A rename is two paths. */
export type Diff = ReadonlyMap<string, string>

/**
 * The trees that commits really have: replaced objects of the person's do not count here.
 * @throws GIT_FAILED when one is not there
 */
export async function treesOf(
  repo: Repository,
  room: MergeRoom,
  commits: readonly string[],
): Promise<string[]> {
  const trees = await treesIfThere(repo, room, commits)
  return trees.map((tree, at) => {
    if (tree !== null) return tree
    throw new WorktrainError('GIT_FAILED', `The commit ${commits[at]} is not there.`)
  })
}

/** As {@link treesOf}; null for a commit that is not there. */
export async function treesIfThere(
  repo: Repository,
  room: MergeRoom,
  commits: readonly string[],
): Promise<(string | null)[]> {
  const { stdout } = await inObjects(repo, room, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    input: commits.map((commit) => `${commit}^{tree}\n`).join(''),
  })
  const answers = stdout.split('\n')
  return commits.map((_, at) => /^([0-9a-f]{40,64}) tree$/.exec(answers[at] ?? '')?.[1] ?? null)
}

/** @param pairs trees, from and to */
export async function diffTrees(
  repo: Repository,
  room: MergeRoom,
  pairs: readonly (readonly [from: string, to: string])[],
): Promise<Diff[]> {
  const { bytes } = await inObjects(
    repo,
    room,
    ['diff-tree', '--stdin', '-r', '-z', '--no-renames', '--raw'],
    {
      input: bytesOf(pairs.map(([from, to]) => `${from} ${to}\n`).join('')),
      raw: true,
    },
  )
  const diffs: Map<string, string>[] = []
  const fields = fieldsOf(bytes)
  // A line for each pair; then for each path what became of it, and its name, both ended by a zero.
  for (let at = 0; at < fields.length; at += 2) {
    const lines = (fields[at] ?? '').split('\n')
    for (let more = lines.length - 1; more > 0; more -= 1) diffs.push(new Map())
    const letter = /^:\d+ \d+ [0-9a-f]+ [0-9a-f]+ ([A-Z])/.exec(lines.at(-1) ?? '')?.[1]
    if (letter !== undefined) diffs.at(-1)?.set(fields[at + 1] ?? '', letter)
  }
  if (diffs.length !== pairs.length)
    throw new WorktrainError('GIT_FAILED', `git compared ${diffs.length} of ${pairs.length} pairs of trees.`)
  return diffs
}

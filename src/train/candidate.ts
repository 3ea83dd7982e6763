/** Builds main + change as a commit, without a checkout. */
import { commitTree, parseMergeTree, type Repository, treeOf } from '../git/index.ts'
import { WorktrainError } from '../protocol/index.ts'
import { foreignPaths, type Sides, sidesOf } from './foreign.ts'
import { landingMessage } from './message.ts'
import { inObjects, layOutAttributes, type Objects } from './objects.ts'
import type { Change } from './ports.ts'

export type Built =
  | { kind: 'candidate'; commit: string; tree: string }
  /** The target contains all of it. */
  | { kind: 'contained'; tree: string }
  | { kind: 'conflict'; files: string[]; detail: string }
  | { kind: 'foreign'; files: string[] }
  | { kind: 'impossible'; detail: string }

/** Merge drivers that are git's own. */
const BUILT_IN = ['unspecified', 'set', 'unset', 'text', 'binary', 'union']

/**
 * Merges `change.head` into `base` in memory and makes the commit that would land.
 *
 * The same change on the same base gives the same commit, however often it is built.
 * @throws GIT_FAILED, DISK_FULL when git cannot work at all
 */
export async function buildCandidate(
  repo: Repository,
  objects: Objects,
  change: Change,
  base: string,
): Promise<Built> {
  const { head } = change
  const baseTree = await treeOf(repo, base)
  await layOutAttributes(repo, objects, base)
  const sides = await sidesOf(repo, objects, base, head)
  if (!sides)
    return { kind: 'impossible', detail: `${change.branch} has no commit in common with ${change.target}.` }
  const merge = await mergeTrees(repo, objects, base, head)
  if (merge.kind === 'impossible') return merge
  if (merge.tree === baseTree && merge.files.length === 0) return { kind: 'contained', tree: baseTree }
  const driven = await drivenByOthers(repo, objects, sides)
  const files = [...new Set([...merge.files, ...driven.map(([path]) => path)])].sort()
  if (files.length > 0) {
    const why = driven.map(
      ([path, driver]) =>
        `${path} is changed on both sides and has the merge driver "${driver}", which the train does not run.`,
    )
    return { kind: 'conflict', files, detail: [...merge.messages, ...why].join('\n') }
  }
  const foreign = await foreignPaths(repo, objects, { base, head, tree: merge.tree, sides })
  if (foreign.length > 0) return { kind: 'foreign', files: foreign }
  const commit = await commitTree(repo, {
    tree: merge.tree,
    parents: [base, head],
    message: landingMessage(change, merge.tree),
    at: change.queuedAt,
  })
  return { kind: 'candidate', commit, tree: merge.tree }
}

type Merge =
  | { kind: 'merged'; tree: string; files: string[]; messages: string[] }
  | { kind: 'impossible'; detail: string }

async function mergeTrees(repo: Repository, objects: Objects, base: string, head: string): Promise<Merge> {
  try {
    const { code, stdout } = await inObjects(
      repo,
      objects,
      ['merge-tree', '--write-tree', '-z', '--messages', '--end-of-options', base, head],
      { allow: [1] },
    )
    const { tree, files, messages } = parseMergeTree(stdout)
    if (code === 0) return { kind: 'merged', tree, files: [], messages: [] }
    // A conflict that names no path is one all the same.
    return { kind: 'merged', tree, files: files.length > 0 ? files : ['(see the messages)'], messages }
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code !== 'GIT_FAILED') throw error
    return { kind: 'impossible', detail: error.message }
  }
}

/**
 * Paths both sides changed, for which the target asks for a driver of the person's own. Merging them as
 * plain text would be another result than the person's git gives; running the driver would run a program
 * on content that a session made up.
 */
async function drivenByOthers(
  repo: Repository,
  objects: Objects,
  sides: Sides,
): Promise<(readonly [path: string, driver: string])[]> {
  const both = [...sides.theirs].filter((path) => sides.ours.has(path))
  if (both.length === 0) return []
  const { stdout } = await inObjects(repo, objects, ['check-attr', '--stdin', '-z', 'merge'], {
    input: both.map((path) => `${path}\0`).join(''),
  })
  const fields = stdout.split('\0')
  const found: (readonly [string, string])[] = []
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const driver = fields[at + 2] ?? ''
    if (!BUILT_IN.includes(driver)) found.push([fields[at] ?? '', driver])
  }
  return found
}

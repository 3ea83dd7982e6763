/** Builds target + change as a commit, without a checkout. */
import { commitTree, type Repository } from '../git/index.ts'
import type { ResolvedPath } from '../protocol/index.ts'
import { foreignPaths, type Sides, sidesOf } from './foreign.ts'
import { mergeTrees } from './merging.ts'
import { landingMessage } from './message.ts'
import { inObjects, inRoom, type MergeRoom, type Objects } from './objects.ts'
import { bytesOf, fieldsOf, shown } from './paths.ts'

/** What the merge needs to know of a change. */
export interface Mergeable {
  id: string
  name: string
  session: string | null
  branch: string
  /** The pinned commit. */
  head: string
  target: string
  /** Title and body of the landing; both may be empty. */
  message: string
  /** Date of the merge commit, ms: the same change on the same base is the same commit. */
  queuedAt: number
}

export type Built =
  | {
      kind: 'candidate'
      commit: string
      tree: string
      /** Conflicts that were not git's to decide, and what decided them. Part of what a person is told. */
      resolved: ResolvedPath[]
    }
  /** The target contains all of it. */
  | { kind: 'contained'; tree: string }
  | { kind: 'conflict'; files: string[]; detail: string }
  /** A wrong merge: it would change what the change does not touch. `detail` says what. */
  | { kind: 'foreign'; files: string[]; detail: string }
  | { kind: 'impossible'; detail: string }

/** Merge drivers that are git's own. */
const BUILT_IN = ['unspecified', 'set', 'unset', 'text', 'binary', 'union']

/**
 * Merges `change.head` into `base` in memory and makes the commit that would land.
 *
 * Safe to be called any number of times at once. Nothing of a change, and no configuration, hook, filter or
 * driver of the person's runs.
 * @param base the target, or a merge of members before this one
 * @throws GIT_FAILED, DISK_FULL when git cannot work at all
 */
export function buildCandidate(
  repo: Repository,
  objects: Objects,
  change: Mergeable,
  base: string,
): Promise<Built> {
  return inRoom(repo, objects, base, (room) => build(repo, room, change, base))
}

async function build(repo: Repository, room: MergeRoom, change: Mergeable, base: string): Promise<Built> {
  const { head } = change
  const baseTree = await treeIn(repo, room, base)
  const sides = await sidesOf(repo, room, base, head)
  if (!sides)
    return { kind: 'impossible', detail: `${change.branch} has no commit in common with ${change.target}.` }
  const merge = await mergeTrees(repo, room, base, head)
  if (typeof merge === 'string') return { kind: 'impossible', detail: merge }
  const { tree } = merge
  if (tree === baseTree && merge.clean) return { kind: 'contained', tree }
  const driven = await drivenByOthers(repo, room, sides)
  if (!merge.clean || driven.length > 0) {
    const files = new Set([...merge.conflicts, ...driven].map(({ path }) => shown(path)))
    // A conflict that names no path is one all the same.
    if (files.size === 0) files.add('(see the messages)')
    const why = [...merge.messages.map(({ text }) => text), ...driven.map(whyDriven)]
    return { kind: 'conflict', files: [...files].sort(), detail: why.join('\n') }
  }
  const foreign = (await foreignPaths(repo, room, { base, head, tree, sides })).map(shown)
  if (foreign.length > 0) {
    const detail = `The merge would change files that the branch does not touch: ${foreign.join(', ')}.`
    return { kind: 'foreign', files: foreign, detail }
  }
  const commit = await commitTree(repo, {
    tree,
    parents: [base, head],
    message: landingMessage(change, tree),
    at: change.queuedAt,
  })
  return { kind: 'candidate', commit, tree, resolved: [] }
}

/** The tree a commit really has: the person's replace refs do not count here. */
async function treeIn(repo: Repository, room: MergeRoom, commit: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`]
  return (await inObjects(repo, room, args)).stdout.trim()
}

interface Driven {
  path: string
  driver: string
}

/**
 * Paths both sides changed, for which the target asks for a driver of the person's own. Merging them as
 * plain text would be another result than the person's git gives; running the driver would run a program
 * on content that a session made up.
 */
async function drivenByOthers(repo: Repository, room: MergeRoom, sides: Sides): Promise<Driven[]> {
  const both = [...sides.theirs].filter((path) => sides.ours.has(path))
  if (both.length === 0) return []
  const { bytes } = await inObjects(repo, room, ['check-attr', '--stdin', '-z', 'merge'], {
    input: bytesOf(both.map((path) => `${path}\0`).join('')),
    raw: true,
  })
  const fields = fieldsOf(bytes)
  const found: Driven[] = []
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const driver = fields[at + 2] ?? ''
    if (!BUILT_IN.includes(driver)) found.push({ path: fields[at] ?? '', driver })
  }
  return found
}

function whyDriven({ path, driver }: Driven): string {
  return `${shown(path)} is changed on both sides and has the merge driver "${driver}", which the train does not run.`
}

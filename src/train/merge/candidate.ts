/** Builds target + change as a commit, without a checkout. */
import { commitTree, type Repository } from '../../git/index.ts'
import type { ResolvedPath } from '../../protocol/index.ts'
import { diffTrees } from './diffs.ts'
import { collisions } from './fold.ts'
import { outcomeOf, type Sides, sidesOf } from './foreign.ts'
import { type Landing, type LostLine, lostLines } from './lost.ts'
import { type Merge, mergeTrees } from './merging.ts'
import { landingMessage } from './message.ts'
import { inObjects, inRoom, type MergeRoom, type Objects } from './objects.ts'
import { plainText } from '../checks/output.ts'
import { bytesOf, fieldsOf, shown } from './paths.ts'
import { rememberedIn } from './remember.ts'
import { type MergeDriver, resolveAll } from './resolve.ts'

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

export interface MergeOptions {
  /** The last landings, in any order: no line they brought may get lost. Default: none are looked at. */
  recent?: readonly Landing[]
  /** Use resolutions learnt from what landed. Default: no. */
  remember?: boolean
  /** Merges what git cannot, where the person configured something. */
  driver?: MergeDriver | null
  /** How two trees are merged; tests replace it by wrong ways to prove that they are caught. */
  merge?: typeof mergeTrees
}

export type Built =
  | {
      kind: 'candidate'
      commit: string
      tree: string
      /** Conflicts that were not git's to decide, and what decided them. Part of what a person is told. */
      resolved: ResolvedPath[]
      /** What could not be looked at, as sentences. */
      notes: string[]
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
 * driver of the person's runs, but `options.driver`.
 * @param base the target, or a merge of members before this one
 * @throws GIT_FAILED, DISK_FULL when git cannot work at all
 */
export function buildCandidate(
  repo: Repository,
  objects: Objects,
  change: Mergeable,
  base: string,
  options: MergeOptions = {},
): Promise<Built> {
  const remembered = options.remember ? rememberedIn(objects) : null
  return inRoom(repo, objects, base, (room) =>
    build({ repo, room, change, base, remembered, recent: [], driver: null, merge: mergeTrees, ...options }),
  )
}

interface Job extends Required<Omit<MergeOptions, 'remember'>> {
  repo: Repository
  room: MergeRoom
  change: Mergeable
  base: string
  remembered: string | null
}

async function build(job: Job): Promise<Built> {
  const { repo, room, change, base, remembered, driver } = job
  const { head } = change
  const sides = await sidesOf(repo, room, base, head)
  if (!sides)
    return { kind: 'impossible', detail: `${change.branch} has no commit in common with ${change.target}.` }
  const merge = await job.merge(repo, room, base, head)
  if (typeof merge === 'string') return { kind: 'impossible', detail: merge }
  if (merge.tree === sides.base && merge.clean) return { kind: 'contained', tree: merge.tree }
  const driven = await drivenByOthers(repo, room, sides)
  const solved =
    merge.clean || driven.length > 0 ? null : await resolveAll(repo, room, merge, { remembered, driver })
  if (driven.length > 0 || !(merge.clean || solved)) return conflict(merge, driven)
  const { tree, resolved, paths } = solved ?? { tree: merge.tree, resolved: [], paths: [] }
  // A resolution that leaves nothing of the change is for its session to decide.
  if (tree === sides.base) return conflict(merge, driven)
  const guarded = await guard(job, { tree, sides, settled: new Set(paths) })
  if (!Array.isArray(guarded)) return guarded
  const commit = await commitTree(repo, {
    tree,
    parents: [base, head],
    message: landingMessage(change, tree),
    at: change.queuedAt,
  })
  return { kind: 'candidate', commit, tree, resolved, notes: guarded }
}

/** Looks whether a merge may be a candidate. @returns notes, when it may */
async function guard(
  job: Job,
  made: { tree: string; sides: Sides; settled: Set<string> },
): Promise<Built | string[]> {
  const { repo, room, change, recent } = job
  const { tree, sides, settled } = made
  const outcome = await outcomeOf(repo, room, sides, tree)
  if (outcome.foreign.length > 0) {
    const foreign = outcome.foreign.map(shown)
    const detail = `The merge would change files that the branch does not touch: ${foreign.join(', ')}.`
    return { kind: 'foreign', files: foreign, detail }
  }
  const twins = room.foldsNames ? await collisions(repo, room, outcome.brought, tree) : []
  if (twins.length > 0) {
    const why = twins.map(({ added, other }) => `${added} and ${other} would be one file there.`)
    const detail = `The repository lies on a file system that does not tell upper from lower case: ${why.join(' ')} Rename one of them.`
    return { kind: 'conflict', files: twins.map(({ added }) => added), detail }
  }
  const lost = await lostLines(repo, room, { sides, tree, outcome, recent, settled })
  if (typeof lost === 'string') return [lost]
  return lost.length > 0 ? takenBack(change, lost) : []
}

/** Lines shown of what would be lost. */
const SHOWN_LINES = 10

function takenBack(change: Mergeable, lost: readonly LostLine[]): Built {
  const files = [...new Set(lost.map(({ path }) => path))].sort()
  const lines = lost
    .slice(0, SHOWN_LINES)
    .map(
      ({ path, line, landed }) =>
        `${path}: ${plainText(line).slice(0, 120)} (landed as ${landed.slice(0, 10)})`,
    )
  const more = lost.length > SHOWN_LINES ? [`and ${lost.length - SHOWN_LINES} more`] : []
  const detail = `The merge would take back lines that landed on ${change.target} and that the branch does not remove:`
  return { kind: 'foreign', files, detail: [detail, ...lines, ...more].join('\n') }
}

function conflict(merge: Merge, driven: readonly Driven[]): Built {
  // Where both sides put something else, git calls one of them "file~<commit>".
  const named = (path: string) => shown(path).replace(/~[0-9a-f]{40,64}(_\d+)?$/, '')
  const files = new Set([...merge.conflicts, ...driven].map(({ path }) => named(path)))
  // A conflict that names no path is one all the same.
  if (files.size === 0) files.add('(see the messages)')
  const why = [...merge.messages.map(({ text }) => text), ...driven.map(whyDriven)]
  return { kind: 'conflict', files: [...files].sort(), detail: why.join('\n') }
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
  if (found.length === 0) return found
  // Where both made the same of it, there is nothing to merge.
  const [differ] = await diffTrees(repo, room, [[sides.base, sides.head]])
  return found.filter(({ path }) => differ?.has(path))
}

function whyDriven({ path, driver }: Driven): string {
  return `${shown(path)} is changed on both sides and has the merge driver "${driver}", which the train does not run.`
}

/** Takes back what landed: a commit on top of the target that reverts it, made without a checkout. */
import { mkdirSync, rmSync } from 'node:fs'
import { commitTree, type Repository } from '../../git/index.ts'
import { mergeTrees } from './merging.ts'
import { inObjects, inRoom, type MergeRoom, type Objects, openObjects } from './objects.ts'
import { shown } from './paths.ts'

/** What came with a landing, or with one change of it: the step of the target from `before` to `after`. */
export interface Step {
  before: string
  after: string
}

export type Reverted =
  | { kind: 'undo'; commit: string; tree: string }
  /** The target holds nothing of it any more. */
  | { kind: 'nothing' }
  /** What came later stands on it. */
  | { kind: 'conflict'; files: string[]; detail: string }
  | { kind: 'impossible'; detail: string }

/** What {@link makeUndo} makes. */
export interface UndoRequest {
  /** Commit of the target that the undo stands on. */
  target: string
  step: Step
  message: string
  /** Date of the commits, ms. */
  at: number
}

/**
 * As {@link revert}, with git directories of its own.
 * @param directory made for it, and gone afterwards
 */
export async function makeUndo(repo: Repository, directory: string, request: UndoRequest): Promise<Reverted> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  try {
    return await revert(repo, await openObjects(repo, directory), request)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * Reverts a step: the merge of the target with what was before it, seen from what was after it.
 *
 * A commit says what its ancestor is, and `merge-tree` takes no other before git 2.40: so the three trees are
 * merged as commits of our own, of which nothing refers to any. Attributes, settings and drivers are as for
 * every merge of the train.
 *
 * @throws GIT_FAILED, DISK_FULL when git cannot work at all
 */
export function revert(
  repo: Repository,
  objects: Objects,
  { target, step, message, at }: UndoRequest,
): Promise<Reverted> {
  return inRoom(repo, objects, target, async (room): Promise<Reverted> => {
    const alone = async (tree: string, parents: readonly string[]) =>
      commitTree(repo, { tree, parents, message: 'worktrain undo', at })
    const now = await treeIn(repo, room, target)
    const ancestor = await alone(await treeIn(repo, room, step.after), [])
    const ours = await alone(now, [ancestor])
    const theirs = await alone(await treeIn(repo, room, step.before), [ancestor])
    const merge = await mergeTrees(repo, room, ours, theirs)
    if (typeof merge === 'string') return { kind: 'impossible', detail: merge }
    if (!merge.clean) {
      const files = new Set(merge.conflicts.map(({ path }) => shown(path)))
      // A conflict that names no path is one all the same.
      if (files.size === 0) files.add('(see the messages)')
      const detail = merge.messages.map(({ text }) => text).join('\n')
      return { kind: 'conflict', files: [...files].sort(), detail }
    }
    if (merge.tree === now) return { kind: 'nothing' }
    const commit = await commitTree(repo, { tree: merge.tree, parents: [target], message, at })
    return { kind: 'undo', commit, tree: merge.tree }
  })
}

async function treeIn(repo: Repository, room: MergeRoom, commit: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`]
  return (await inObjects(repo, room, args)).stdout.trim()
}

/** Title and body of an undo, for its own commit and for its landing. */
export interface UndoMessage {
  title: string
  body: string
}

/**
 * @param subjects first lines of the commits that are taken back, in the order they landed
 * @param commits these commits, in the same order
 */
export function undoMessage(
  names: readonly string[],
  subjects: readonly string[],
  commits: readonly string[],
): UndoMessage {
  const first = subjects[0] ?? ''
  const known = names[0] ?? ''
  const subject = first.startsWith(`${known}:`) ? first.slice(known.length + 1).trim() : first
  const title =
    names.length === 1
      ? `Undo ${known}: ${subject || 'what it changed'}`
      : `Undo ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}: what landed together`
  const what = commits.map((commit, at) => `- ${commit.slice(0, 12)} ${subjects[at] ?? ''}`.trimEnd())
  return { title: title.slice(0, 100), body: ['This takes back:', '', ...what].join('\n') }
}

/** How a person reverts it by hand. Newest first: each stands on the ones before it. */
export function byHand(target: string, branch: string, commits: readonly string[]): string {
  const reverted = commits.toReversed().map((commit) => commit.slice(0, 12))
  return `git switch -c ${branch} ${target} && git revert -m 1 ${reverted.join(' ')}`
}

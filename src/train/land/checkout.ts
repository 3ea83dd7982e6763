/** Where the target is checked out, and whether git could move it there now. Reads only. */
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  type Checkout,
  checkouts,
  git,
  type GitOptions,
  type GitResult,
  type Repository,
} from '../../git/index.ts'
import type { Blocked } from '../../protocol/index.ts'

/** The person's directory in which the target is checked out. */
export interface Place {
  path: string
  gitDir: string
}

export type Where =
  | { kind: 'nowhere' }
  | { kind: 'checkout'; place: Place }
  /** The target must not be moved now. */
  | { kind: 'blocked'; blocked: Blocked }

const SEQUENCED = 'Finish it with `--continue`, or undo it with `--abort`.'

/** Files in a git directory that tell of an operation that is not finished, and what ends it. */
const OPERATIONS: readonly { file: string; what: string; end?: string }[] = [
  { file: 'MERGE_HEAD', what: 'a merge' },
  { file: 'rebase-merge', what: 'a rebase' },
  { file: 'rebase-apply', what: 'a rebase or am' },
  { file: 'CHERRY_PICK_HEAD', what: 'a cherry-pick' },
  { file: 'REVERT_HEAD', what: 'a revert' },
  // Of several commits, between two of them.
  { file: 'sequencer', what: 'a cherry-pick or revert' },
  { file: 'BISECT_LOG', what: 'a bisect', end: 'End it with `git bisect reset`.' },
  // A fast-forward would throw the prepared message away.
  {
    file: 'MERGE_MSG',
    what: 'a revert or cherry-pick without a commit',
    end: 'Commit it, or take it back with `git reset --merge`.',
  },
]

/** The person's filters may be slow, and may hang: longer than this no fast-forward takes, ms. */
export const CHECKOUT_LIMIT_MS = 10 * 60_000

/** Finds out how the target can be moved. */
export async function whereIs(repo: Repository, target: string): Promise<Where> {
  const all = (await checkouts(repo)).filter((one) => !one.bare)
  const rebased = gitDirs(repo).find((gitDir) => isBeingRebased(gitDir, target))
  if (rebased !== undefined)
    return midOperation(workTreeOf(repo, rebased), `a rebase of ${target} is not finished`)
  // A worktree whose directory is gone has nothing that could get out of step, unless it comes back.
  const here = all.filter((one) => one.branch === target && (one.prunable === null || one.locked !== null))
  if (here.length === 0) return { kind: 'nowhere' }
  const [first] = here as [Checkout]
  if (here.length > 1) {
    const paths = here.map((one) => one.path)
    const detail = `${target} is checked out in ${paths.length} directories, and only one can be kept in step. Switch the others to another branch.`
    return { kind: 'blocked', blocked: { reason: 'checkout', paths, detail } }
  }
  if (!existsSync(first.path)) {
    const detail = `${target} is checked out in ${first.path}, which is not there. Bring it back, or run \`git worktree unlock\` and \`git worktree prune\`.`
    return { kind: 'blocked', blocked: { reason: 'checkout', paths: [first.path], detail } }
  }
  const place = placeAt(repo, first.path)
  if (place === null) {
    const detail = `The git directory of ${first.path} cannot be found. Run \`git worktree repair\` there.`
    return { kind: 'blocked', blocked: { reason: 'checkout', paths: [first.path], detail } }
  }
  return { kind: 'checkout', place }
}

/** The checkout in a directory, as the repository itself knows it; null when it is no checkout of it. */
export function placeAt(repo: Repository, path: string): Place | null {
  if (!existsSync(path)) return null
  const gitDir = gitDirs(repo).find((one) => workTreeOf(repo, one) === realpathSync(path))
  return gitDir === undefined ? null : { path, gitDir }
}

/** What in a checkout keeps git from working there at all; null: nothing. */
export function hindrance(place: Place): Blocked | null {
  for (const { file, what, end } of OPERATIONS)
    if (existsSync(join(place.gitDir, file)))
      return midOperation(place.path, `${what} is not finished`, end).blocked
  const lock = lockFiles(place.gitDir).find((file) => exists(file))
  if (lock === undefined) return null
  const detail = `Another git process holds ${lock}. If none runs, it was left by a crash: remove the file by hand.`
  return { reason: 'index-lock', paths: [lock], detail }
}

function midOperation(path: string, what: string, end = SEQUENCED): Where & { kind: 'blocked' } {
  const detail = `In ${path} ${what}. ${end}`
  return { kind: 'blocked', blocked: { reason: 'mid-operation', paths: [path], detail } }
}

/** Lock files git takes in a checkout while it fast-forwards there. */
export function lockFiles(gitDir: string): string[] {
  return ['index.lock', 'HEAD.lock', 'ORIG_HEAD.lock'].map((name) => join(gitDir, name))
}

/** Git in the person's checkout, by the git directory the repository itself knows for it. */
export function inCheckout(
  repo: Repository,
  place: Place,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  return git(args, {
    cwd: place.path,
    gitDir: place.gitDir,
    workTree: place.path,
    ...options,
    env: { GIT_COMMON_DIR: repo.commonDir, ...options.env },
  })
}

function gitDirs(repo: Repository): string[] {
  const entries = join(repo.commonDir, 'worktrees')
  return [repo.commonDir, ...(existsSync(entries) ? readdirSync(entries).map((id) => join(entries, id)) : [])]
}

function workTreeOf(repo: Repository, gitDir: string): string {
  if (gitDir === repo.commonDir) return repo.root
  const pointer = readText(join(gitDir, 'gitdir'))
  if (pointer === null) return gitDir
  const directory = dirname(resolve(gitDir, pointer))
  return existsSync(directory) ? realpathSync(directory) : directory
}

/** A rebase holds its branch although the checkout is detached: it moves the branch at its end. */
function isBeingRebased(gitDir: string, target: string): boolean {
  const ref = `refs/heads/${target}`
  return ['rebase-merge/head-name', 'rebase-apply/head-name', 'rebase-merge/update-refs'].some((file) =>
    readText(join(gitDir, file))?.split('\n').includes(ref),
  )
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

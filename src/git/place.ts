/** A checkout of the person's: where it is, what keeps git from working there, and git that reads there. */
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Blocked } from '../protocol/index.ts'
import type { GitOptions, GitResult } from './execute.ts'
import { git, type Repository } from './git.ts'

/** A directory of the person's in which a branch or commit is checked out. */
export interface Place {
  path: string
  gitDir: string
}

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
  // Moving on would throw the prepared message away.
  {
    file: 'MERGE_MSG',
    what: 'a revert or cherry-pick without a commit',
    end: 'Commit it, or take it back with `git reset --merge`.',
  },
]

/** The checkout in a directory, as the repository itself knows it; null when it is no checkout of it. */
export function placeAt(repo: Repository, path: string): Place | null {
  if (!existsSync(path)) return null
  const gitDir = gitDirs(repo).find((one) => workTreeOf(repo, one) === realpathSync(path))
  return gitDir === undefined ? null : { path, gitDir }
}

/** What in a checkout keeps git from working there at all; null: nothing. */
export function hindrance(place: Place): Blocked | null {
  for (const { file, what, end } of OPERATIONS)
    if (existsSync(join(place.gitDir, file))) return unfinished(place.path, `${what} is not finished`, end)
  const lock = lockFiles(place.gitDir).find((file) => exists(file))
  if (lock === undefined) return null
  const detail = `Another git process holds ${lock}. If none runs, it was left by a crash: remove the file by hand.`
  return { reason: 'index-lock', paths: [lock], detail }
}

/** Something of the person's that must be ended first. */
export function unfinished(path: string, what: string, end = SEQUENCED): Blocked {
  return { reason: 'mid-operation', paths: [path], detail: `In ${path} ${what}. ${end}` }
}

/** Lock files git takes in a checkout while it moves it. */
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

/** Every git directory of a repository: the shared one, and those of its worktrees. */
export function gitDirs(repo: Repository): string[] {
  const entries = join(repo.commonDir, 'worktrees')
  return [repo.commonDir, ...(existsSync(entries) ? readdirSync(entries).map((id) => join(entries, id)) : [])]
}

/** The directory whose files belong to a git directory. */
export function workTreeOf(repo: Repository, gitDir: string): string {
  if (gitDir === repo.commonDir) return repo.root
  const pointer = readText(join(gitDir, 'gitdir'))
  if (pointer === null) return gitDir
  const directory = dirname(resolve(gitDir, pointer))
  return existsSync(directory) ? realpathSync(directory) : directory
}

/** A rebase holds its branch although the checkout is detached: it moves the branch at its end. */
export function isBeingRebased(gitDir: string, target: string): boolean {
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

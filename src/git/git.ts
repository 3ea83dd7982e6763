/**
 * Typed plain git. What reads goes through {@link git}, which refuses anything else; what writes into state
 * that worktrees share has one door, `broker.ts`; what writes into a directory of ours, {@link privateGit}.
 */
import { execute, type GitOptions, type GitResult } from './execute.ts'
import { isReading } from './reading.ts'

/** A repository as found from a directory of the person's. */
export interface Repository {
  /** Top of the main checkout, real path. */
  root: string
  /** The shared git directory (`.git` of the main checkout), real path. */
  commonDir: string
  /** Stable id: derived from commonDir's real path. */
  id: string
}

/** Nothing that reads takes longer: what does was given a pipe for a file, ms. */
const READ_LIMIT_MS = 5 * 60_000

/**
 * Git that reads, or at most adds objects, which harms nobody.
 * @throws GIT_FAILED with git's own message, GIT_LOCKED, DISK_FULL, GIT_TOO_OLD; Error when the command writes
 */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  if (!isReading(args)) throw new Error(`git ${args.join(' ')} writes: that is for the broker`)
  return execute(args, { timeoutMs: READ_LIMIT_MS, ...options, standby: 'again' })
}

/** A file `commondir`, which a linked workspace could make, would lead git to another configuration. */
export const inCommon = (repo: Repository): Record<string, string> => ({ GIT_COMMON_DIR: repo.commonDir })

/** Git that reads, in the person's repository: at the top of the main checkout, with the shared git directory. */
export function inRepository(
  repo: Repository,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  return git(args, {
    cwd: repo.root,
    gitDir: repo.commonDir,
    ...options,
    env: { ...inCommon(repo), ...options.env },
  })
}

/**
 * Git that may write, in a git directory that nobody else uses: one that Worktrain keeps for itself, or a
 * workspace that no agent was in yet. `test/git/broker.test.ts` lists who calls it.
 * @throws as {@link git}
 */
export function privateGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  return execute(args, { ...options, standby: isReading(args) ? 'again' : 'once' })
}

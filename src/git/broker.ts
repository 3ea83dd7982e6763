/**
 * The one door for everything that git writes into what a repository's worktrees share: worktree entries,
 * refs, packed refs, objects that come by fetch, the person's own checkouts.
 *
 * Each function here takes the mutex itself where git would race with itself, records which locks its git
 * may leave behind, and tries again while somebody else holds one (facts/merge-and-partition 5). A ref that
 * only moves needs no mutex: git locks each by itself. One that is deleted rewrites packed-refs.
 */
import { WorktrainError } from '../protocol/errors.ts'
import { requirePlainEntries } from './checkouts.ts'
import { execute, type GitOptions, type GitResult } from './execute.ts'
import { inCommon, type Repository } from './git.ts'
import { withRepositoryLock } from './lock.ts'
import { recorded } from './locks.ts'
import { exactRef, exactRefs } from './refs.ts'

/** Git that writes into the shared git directory, with a record of the locks it may take. */
export function writeShared(
  repo: Repository,
  what: string,
  locks: readonly string[],
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  return recorded(repo, what, locks, ({ env, onLocked }) =>
    execute(args, {
      cwd: repo.root,
      gitDir: repo.commonDir,
      ...options,
      env: { ...inCommon(repo), ...options.env, ...env },
      ...(onLocked ? { onLocked } : {}),
    }),
  )
}

/** What git writes beside packed-refs when a ref is deleted or packed. */
export const PACKED = ['packed-refs.lock', 'packed-refs.new'] as const

/** One move of a transaction. `old: null`: the ref must not exist; `new: null`: it is deleted. */
export interface RefMove {
  ref: string
  new: string | null
  old: string | null
}

/**
 * Moves refs all together or not at all.
 * @param why text for the reflog
 * @returns false when a ref was not where `old` says: nothing was moved
 * @throws GIT_FAILED, GIT_LOCKED, DISK_FULL
 */
export async function moveRefs(repo: Repository, moves: readonly RefMove[], why: string): Promise<boolean> {
  const lines = moves.flatMap((move) => {
    if (move.new !== null)
      return ['option no-deref', `update ${move.ref}\0${move.new}\0${move.old ?? zero(move.new)}`]
    return move.old === null ? [] : ['option no-deref', `delete ${move.ref}\0${move.old}`]
  })
  if (lines.length === 0) return true
  const names = moves.map((move) => move.ref)
  const move = (packed: readonly string[]) =>
    writeShared(repo, why, [...locksOf(names), ...packed], ['update-ref', '-m', why, '-z', '--stdin'], {
      input: `start\0${lines.join('\0')}\0prepare\0commit\0`,
    })
  try {
    const deletes = moves.some((each) => each.new === null)
    await (deletes ? withRepositoryLock(repo, () => move(PACKED)) : move([]))
    return true
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code !== 'GIT_FAILED') throw error
    const now = await exactRefs(repo, names)
    if (moves.some(({ ref, old }) => (now.get(ref) ?? null) !== old)) return false
    throw error
  }
}

/** Locks a fetch or a transaction takes for these refs; the branch of the main checkout locks HEAD as well. */
function locksOf(refs: readonly string[]): string[] {
  return [...refs.map((ref) => `${ref}.lock`), 'HEAD.lock']
}

/** The all-zero id that stands for "no object", as long as `oid` is (SHA-1 or SHA-256). */
function zero(oid: string): string {
  return '0'.repeat(oid.length)
}

/**
 * Moves one ref, if it is where it is expected to be.
 * @param old what it must hold now; null: it must not exist
 */
export function updateRef(
  repo: Repository,
  ref: string,
  oid: string,
  old: string | null,
  why = 'worktrain',
): Promise<boolean> {
  return moveRefs(repo, [{ ref, new: oid, old }], why)
}

/** Deletes one ref, if it holds `old`. False when it holds something else; true when it is gone already. */
export async function deleteRef(repo: Repository, ref: string, old: string): Promise<boolean> {
  if ((await exactRef(repo, ref)) === null) return true
  return moveRefs(repo, [{ ref, new: null, old }], 'worktrain')
}

/**
 * Fetches into refs of the repository, and into nothing else: no tags, no FETCH_HEAD, no submodules, no
 * maintenance.
 * @param from remote's name, or path of a git directory
 * @param refspecs with full names on both sides
 * @throws GIT_FAILED, GIT_LOCKED, DISK_FULL
 */
export async function fetchRefs(
  repo: Repository,
  from: string,
  refspecs: readonly string[],
  options: Pick<GitOptions, 'config' | 'env' | 'timeoutMs' | 'retries'> = {},
): Promise<void> {
  requirePlainEntries(repo)
  const refs = refspecs.map((spec) => spec.slice(spec.indexOf(':') + 1))
  await withRepositoryLock(repo, () =>
    writeShared(
      repo,
      `fetch from ${from}`,
      [...locksOf(refs), 'shallow.lock', 'objects/'],
      [...FETCH, '--', from, ...refspecs],
      options,
    ),
  )
}

/** A fetch of nothing but the named refs. */
export const FETCH = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
  '--no-auto-maintenance',
  '--no-show-forced-updates',
] as const

/** Adds a locked worktree of an existing branch, without files. @throws GIT_FAILED, DISK_FULL */
export async function addWorktree(
  repo: Repository,
  options: { path: string; branch: string; reason: string },
): Promise<void> {
  const { path, branch, reason } = options
  requirePlainEntries(repo)
  const args = ['worktree', 'add', '--quiet', '--no-checkout', '--lock', '--reason', reason]
  await withRepositoryLock(repo, () =>
    writeShared(repo, `add worktree ${path}`, [], [...args, '--', path, branch]),
  )
}

/** A change of entries below `worktrees/` that is made by hand: nobody else of ours looks meanwhile. */
export function changeEntries<T>(repo: Repository, change: () => T | Promise<T>): Promise<T> {
  return withRepositoryLock(repo, async () => change())
}

/**
 * Puts HEAD of a checkout on a branch, if that is where it is expected to be; no landing moves it meanwhile.
 * @param checkout its HEAD is detached at `commit`
 */
export function attachHead(
  repo: Repository,
  checkout: { path: string; gitDir: string },
  branch: string,
  commit: string,
  why: string,
): Promise<boolean> {
  const ref = `refs/heads/${branch}`
  return withRepositoryLock(repo, async () => {
    if ((await exactRef(repo, ref)) !== commit) return false
    await writeCheckout(repo, checkout, ['symbolic-ref', '-m', why, 'HEAD', ref])
    return true
  })
}

/** Git that writes a checkout of the person's, and the refs that are checked out there. */
export function writeCheckout(
  repo: Repository,
  checkout: { path: string; gitDir: string },
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  const { path, gitDir } = checkout
  return withRepositoryLock(repo, () =>
    execute(args, {
      cwd: path,
      gitDir,
      workTree: path,
      ...options,
      env: { ...inCommon(repo), ...options.env },
    }),
  )
}

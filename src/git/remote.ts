/** A branch at a remote: what it is at, and moving it. Speaks to the network, with the person's own access. */
import { WorktrainError } from '../protocol/errors.ts'
import { writeShared } from './broker.ts'
import { configured } from './configured.ts'
import type { GitOptions } from './execute.ts'
import { inRepository, type Repository } from './git.ts'

/** Names of the repository's remotes. */
export const remoteNames = configured(async (repo: Repository): Promise<string[]> => {
  const { stdout } = await inRepository(repo, ['remote'])
  return stdout.split('\n').filter((line) => line !== '')
})

/**
 * The commit a remote's branch is at, asked now; null: it has no such branch.
 * @throws GIT_FAILED when it cannot be reached in time
 */
export async function askRemote(
  repo: Repository,
  remote: string,
  branch: string,
  timeoutMs: number,
): Promise<string | null> {
  const ref = `refs/heads/${branch}`
  const args = ['ls-remote', '--quiet', '--heads', '--', remote, ref]
  const { stdout } = await inRepository(repo, args, { timeoutMs, retries: 0 })
  // A pattern also matches the end of longer names.
  const line = stdout.split('\n').find((each) => each.endsWith(`\t${ref}`))
  return line?.slice(0, line.indexOf('\t')) ?? null
}

export interface Push {
  remote: string
  branch: string
  new: string
  /** What the remote's branch must be at; null: it must not exist. */
  old: string | null
}

/**
 * Moves a remote's branch, if it is where it is expected to be. Pushes nothing else: no tags, no submodules;
 * and runs no hook of this repository. The caller knows that `new` contains `old`.
 * @returns null: done, or it was there already; else git's words
 * @throws GIT_FAILED when it did not end in time, GIT_LOCKED, DISK_FULL
 */
export async function pushBranch(
  repo: Repository,
  push: Push,
  options: Pick<GitOptions, 'env' | 'timeoutMs'> = {},
): Promise<string | null> {
  const ref = `refs/heads/${push.branch}`
  const args = ['push', '--porcelain', '--atomic', '--no-verify', '--no-follow-tags']
  args.push('--recurse-submodules=no', `--force-with-lease=${ref}:${push.old ?? ''}`)
  const lock = `refs/remotes/${push.remote}/${push.branch}.lock`
  const done = await writeShared(
    repo,
    `push to ${push.remote}`,
    [lock],
    [...args, '--', push.remote, `${push.new}:${ref}`],
    { retries: 0, allow: [1, 128], ...options },
  )
  if (done.code === 0) return null
  const refused = done.stdout.split('\n').filter((line) => line.startsWith('!'))
  return [...refused.map((line) => line.split('\t').slice(2).join(' ')), done.stderr.trim()].join('\n').trim()
}

/** Names that one command line takes. */
const UPLOADED_AT_ONCE = 500

/**
 * Uploads the content of Git LFS files, with the person's own git-lfs and its settings in the main checkout.
 * @param oids as pointers name them
 * @returns null: the remote has all of it; else git's words
 * @throws GIT_FAILED when it did not end in time, GIT_LOCKED, DISK_FULL
 */
export async function uploadContent(
  repo: Repository,
  remote: string,
  oids: readonly string[],
  options: Pick<GitOptions, 'env' | 'timeoutMs'> = {},
): Promise<string | null> {
  for (let at = 0; at < oids.length; at += UPLOADED_AT_ONCE) {
    const some = oids.slice(at, at + UPLOADED_AT_ONCE)
    const args = ['lfs', 'push', '--object-id', remote, ...some]
    const limits = { retries: 0, allow: [1, 2, 128], ...options }
    const done = await writeShared(repo, `upload of LFS files to ${remote}`, [], args, limits)
    if (done.code !== 0) return `${done.stderr}\n${done.stdout}`.trim() || `git lfs push: exit ${done.code}`
  }
  return null
}

/** Is this what a remote that cannot be asked comes to, rather than a full disk or a fault of ours? */
export function isUnreachable(error: unknown): error is WorktrainError {
  return error instanceof WorktrainError && (error.code === 'GIT_FAILED' || error.code === 'GIT_LOCKED')
}

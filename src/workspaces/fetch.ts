/** How a session's git directory is fetched from: git outside the cell never opens it, only git inside does. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FETCH, type GitOptions, type GitResult } from '../git/index.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { shellQuoted } from '../protocol/shell-quote.ts'
import { trustedDir } from './names.ts'
import { inTrusted } from './trusted.ts'
import type { WorkspaceSpec } from './workspace.ts'

/** Old histories hold these; they harm nobody. */
const CONFIG = [
  'fetch.fsckObjects=true',
  ...[
    'zeroPaddedFilemode',
    'badTimezone',
    'missingSpaceBeforeDate',
    'missingEmail',
    'badDate',
    'badDateOverflow',
    'missingSpaceBeforeEmail',
    'missingNameBeforeEmail',
    'badEmail',
    'badName',
    'zeroPaddedDate',
  ].map((kind) => `fetch.fsck.${kind}=ignore`),
] as const
/** A session that makes its git directory endless costs its own save, and nobody else's, ms. */
const LIMIT_MS = 10 * 60_000

const ENV = {
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  // What it lacks it lacks: a remote that it names itself is not asked (CVE-2024-32004).
  GIT_NO_LAZY_FETCH: '1',
  // Fetch says so by its environment, which does not reach into the cell; older ones serve no bare commits.
  GIT_PROTOCOL: 'version=2',
}

/** What git says when the other side ended before its first word: nothing is known of the directory then. */
const UNREAD = /Could not read from remote repository|hung up upon initial contact/

/**
 * Fetches from the session's own git directory into its trusted one. The side that reads it runs in the
 * session's cell: whatever is put there at whatever moment, it brings in nothing that the session cannot read.
 * @param which refspecs with full names on both sides, or ids of commits
 * @throws UNAVAILABLE when the cell cannot be built, GIT_FAILED, GIT_LOCKED, DISK_FULL
 */
export async function fetchFromSession(
  workspace: WorkspaceSpec & { gitDir: string },
  which: readonly string[],
  options: Pick<GitOptions, 'signal'> = {},
): Promise<void> {
  await inTrusted(workspace, null, [...FETCH, ...(await source(workspace, workspace.gitDir)), ...which], {
    config: CONFIG,
    env: { GIT_NO_LAZY_FETCH: '1' },
    timeoutMs: LIMIT_MS,
    ...options,
  })
}

/**
 * As {@link fetchFromSession}, of what may not be there.
 * @returns false when it was read, and has not all of it
 */
export async function fetchIfThere(
  workspace: WorkspaceSpec & { gitDir: string },
  which: readonly string[],
): Promise<boolean> {
  try {
    await fetchFromSession(workspace, which)
    return true
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code !== 'GIT_FAILED') throw error
    // No answer is not the answer that there is nothing: what would be lost is asked here.
    if (error.details?.exit !== 1 && error.details?.exit !== 128) throw error
    if (error.details.signal !== null || UNREAD.test(error.message)) throw error
    return false
  }
}

/** Refs of a git directory that the session can write, read in its cell. A failure of git's is the exit code 128. */
export async function listFromSession(workspace: WorkspaceSpec, gitDir: string): Promise<GitResult> {
  return inTrusted(workspace, null, ['ls-remote', ...(await source(workspace, gitDir))], { allow: [128] })
}

/**
 * Arguments for git that name the directory, and who reads it. As a file: one argument of `sh -c`, which git
 * makes of it, is 128 KiB at most (execve(2)). As a URL: of a path git looks itself whether it is a bundle.
 */
async function source(workspace: WorkspaceSpec, gitDir: string): Promise<string[]> {
  const line = await workspace.lineInCell({ argv: ['git', 'upload-pack'], env: ENV })
  const script = join(trustedDir(workspace.stateDir), 'upload-pack')
  writeFileSync(script, `exec ${line.map(shellQuoted).join(' ')} "$@"\n`, { mode: 0o600 })
  return [`--upload-pack=sh ${shellQuoted(script)}`, '--', pathToFileURL(gitDir).href]
}

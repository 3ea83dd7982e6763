/** Bringing a session's commits in: `fetch` is the only git that ever touches its git directory. */
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import {
  exactRef,
  inRepository,
  isAncestor,
  moveRefs,
  readRef,
  withRepositoryLock,
  type RefMove,
} from '../git/index.ts'
import { TOKEN, branchRef, headRef, publishedRef } from './names.ts'
import { alternatesOf } from './sealed.ts'
import type { Publication, Workspace } from './workspace.ts'

/** Options of every fetch from a session: nothing but the named refs, and broken objects refused. */
export const FETCH = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
  '--no-auto-maintenance',
  '--no-show-forced-updates',
] as const
/** Old histories hold these; they harm nobody. */
export const FETCH_CONFIG = [
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

/**
 * Why the private git directory of a sealed workspace must not be fetched from; null when it may.
 * A `.git` that is a file, another common directory or other alternates would bring in objects from
 * places that the session itself could not read.
 */
export function refusedGitDir(workspace: Workspace): string | null {
  const { gitDir } = workspace
  try {
    if (!lstatSync(gitDir).isDirectory()) return `${gitDir} is no longer a directory`
    if (readFileSync(join(gitDir, TOKEN), 'utf8') !== workspace.token)
      return `${gitDir} is not the one that was made`
    if (lstatSync(join(gitDir, 'commondir'), { throwIfNoEntry: false }))
      return `${gitDir} points to another one`
    for (const below of [
      'objects',
      'objects/info',
      'objects/pack',
      'objects/info/alternates',
      'refs',
      'HEAD',
      'config',
    ]) {
      if (lstatSync(join(gitDir, below)).isSymbolicLink()) return `${gitDir}/${below} was replaced by a link`
    }
    if (readFileSync(join(gitDir, 'objects/info/alternates'), 'utf8') !== alternatesOf(workspace))
      return `${gitDir} borrows objects from another place`
    return null
  } catch (error) {
    return `${gitDir} cannot be read (${(error as Error).message})`
  }
}

/**
 * The newest commit of the session's branch, fetched where need be.
 * @throws DIRECTORY_UNUSABLE when its git directory was tampered with, GIT_FAILED
 */
export async function bringIn(workspace: Workspace): Promise<string> {
  const { repository: repo, session } = workspace
  const before = await exactRef(repo, headRef(session))
  if (workspace.kind !== 'sealed') {
    const oid = await readRef(repo, branchRef(workspace))
    if (oid !== null && oid !== before)
      await moveRefs(repo, [{ ref: headRef(session), new: oid, old: before }], 'worktrain: bring in')
    return oid ?? before ?? workspace.baseOid
  }
  const refused = refusedGitDir(workspace)
  if (refused !== null) {
    throw new WorktrainError(
      'DIRECTORY_UNUSABLE',
      `The commits of ${workspace.name} cannot be brought in: ${refused}.`,
      {
        hint: 'The files are safe: snapshots do not need it. Look at the directory before doing anything else.',
      },
    )
  }
  try {
    await withRepositoryLock(repo, () =>
      inRepository(repo, [...FETCH, '--', workspace.gitDir, `+${branchRef(workspace)}:${headRef(session)}`], {
        config: FETCH_CONFIG,
      }),
    )
  } catch (error) {
    // The session renamed or deleted its branch: what was brought in before stays.
    const gone = error instanceof WorktrainError && /couldn't find remote ref/i.test(error.message)
    if (!gone) throw error
  }
  return (await exactRef(repo, headRef(session))) ?? workspace.baseOid
}

/** As {@link bringIn}; a git directory that cannot be used yields what was brought in last, and why. */
export async function bringInIfPossible(
  workspace: Workspace,
): Promise<{ head: string; refused: string | null }> {
  try {
    return { head: await bringIn(workspace), refused: null }
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code === 'DISK_FULL') throw error
    return {
      head: (await exactRef(workspace.repository, headRef(workspace.session))) ?? workspace.baseOid,
      refused: error.message,
    }
  }
}

/**
 * Brings commits in and moves the branch in the person's repository: forward, or from where the last
 * publication left it. A branch that somebody else moved is left alone and reported.
 */
export async function publish(workspace: Workspace): Promise<Publication> {
  const { repository: repo, session } = workspace
  const oid = await bringIn(workspace)
  const published = await exactRef(repo, publishedRef(session))
  const current = await exactRef(repo, branchRef(workspace))
  const mark: RefMove = { ref: publishedRef(session), new: oid, old: published }
  if (current === oid) {
    if (published !== oid) await moveRefs(repo, [mark], 'worktrain: publish')
    return { oid, old: current, diverged: null }
  }
  // Deleted by the person and nothing new since: it stays deleted.
  if (current === null && oid === published) return { oid, old: null, diverged: null }
  const ours = current === null || current === published || (await isAncestor(repo, current, oid))
  const moves: RefMove[] = [{ ref: branchRef(workspace), new: oid, old: current }, mark]
  if (ours && (await moveRefs(repo, moves, 'worktrain: publish')))
    return { oid, old: current, diverged: null }
  return { oid, old: current, diverged: await exactRef(repo, branchRef(workspace)) }
}

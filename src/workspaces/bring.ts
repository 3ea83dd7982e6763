/** Bringing a session's commits in: by `fetch`, whose other side runs in the session's cell. */
import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { exactRef, exactRefs, isAncestor, moveRefs, type RefMove, requirePlainEntries } from '../git/index.ts'
import { TOKEN, baseRef, branchRef, headRef, publishedRef, trustedDir } from './names.ts'
import { bringInContent } from './lfs-content.ts'
import { firstOddity, readPlain, readPlainIfAny } from '../platform/plain.ts'
import { fetchFromSession } from './fetch.ts'
import { alternatesOf } from './sealed.ts'
import { inTrusted, prepareTrusted } from './trusted.ts'
import type { Publication, Workspace } from './workspace.ts'

/** Where the session's branch stands in the trusted git directory. */
const BROUGHT = 'refs/brought'

/** What nothing but the session's own git reads; hooks may be links. */
const UNREAD = ['hooks', 'logs', 'index', 'lfs', 'modules', 'worktrees']

/**
 * Why the private git directory of a sealed workspace must not be fetched from; null when it may.
 * A `.git` that is a file, another common directory, other alternates or links would bring in objects from
 * places that the session itself could not read; a pipe would hold git up for ever.
 */
export function refusedGitDir(workspace: Workspace): string | null {
  const { gitDir } = workspace
  try {
    if (!lstatSync(gitDir).isDirectory()) return `${gitDir} is no longer a directory`
    if (readPlain(join(gitDir, TOKEN)) !== workspace.token) return `${gitDir} is not the one that was made`
    if (lstatSync(join(gitDir, 'commondir'), { throwIfNoEntry: false }))
      return `${gitDir} points to another one`
    if (readPlain(join(gitDir, 'objects/info/alternates')) !== alternatesOf(workspace))
      return `${gitDir} borrows objects from another place`
    const odd = firstOddity(gitDir, UNREAD)
    return odd === null ? null : `${odd} was replaced by something that is no file`
  } catch (error) {
    return `${gitDir} cannot be read (${(error as Error).message.replace(/\.$/, '')})`
  }
}

/**
 * The newest commit of the session's branch, fetched where need be.
 * @throws DIRECTORY_UNUSABLE when its git directory was tampered with, GIT_FAILED, GIT_LOCKED, DISK_FULL
 */
export async function bringIn(workspace: Workspace): Promise<string> {
  const { repository: repo, session } = workspace
  const here = await exactRefs(repo, [headRef(session), branchRef(workspace)])
  const before = here.get(headRef(session)) ?? null
  if (workspace.kind !== 'sealed') {
    requirePlainEntries(repo)
    const oid = here.get(branchRef(workspace)) ?? null
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
  // Whatever the file says, it can only say that there is nothing new.
  if (before !== null && readPlainIfAny(join(workspace.gitDir, branchRef(workspace)))?.trim() === before)
    return before
  await prepareTrusted(workspace)
  await writeKnown(workspace)
  const trusted = trustedDir(workspace.stateDir)
  // Nobody but us takes them: who left them was killed.
  for (const lock of [`${BROUGHT}.lock`, 'shallow.lock']) rmSync(join(trusted, lock), { force: true })
  try {
    // Not into the repository at once: that takes its mutex, and a session can make its own fetch last.
    const spec = `+${branchRef(workspace)}:${BROUGHT}`
    await fetchFromSession(workspace, [spec])
  } catch (error) {
    // The session renamed or deleted its branch: what was brought in before stays.
    const gone = error instanceof WorktrainError && /couldn't find remote ref/i.test(error.message)
    if (!gone) throw error
    return before ?? workspace.baseOid
  }
  const oid = (await inTrusted(workspace, null, ['rev-parse', BROUGHT])).stdout.trim()
  await bringInContent(workspace, BROUGHT)
  if (oid !== before)
    await moveRefs(repo, [{ ref: headRef(session), new: oid, old: before }], 'worktrain: bring in')
  return oid
}

/**
 * Tells the trusted git directory what the repository has already: without these refs git would fetch, and
 * walk through, the whole history again.
 */
export async function writeKnown(workspace: Workspace): Promise<void> {
  const names = [baseRef, headRef, publishedRef].map((ref) => ref(workspace.session))
  const directory = join(trustedDir(workspace.stateDir), 'refs/known')
  mkdirSync(directory, { recursive: true })
  for (const [name, oid] of await exactRefs(workspace.repository, names)) {
    writeFileSync(join(directory, basename(name)), `${oid}\n`)
  }
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
  const here = await exactRefs(repo, [publishedRef(session), branchRef(workspace)])
  const published = here.get(publishedRef(session)) ?? null
  const current = here.get(branchRef(workspace)) ?? null
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

/** A plain `git worktree`, and the check of one that somebody else made. */
import { readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { addWorktree, changeEntries, checkouts, type Repository } from '../git/index.ts'
import { isWithin } from '../platform/files.ts'
import { TOKEN, lockReason } from './names.ts'
import { readPlain } from '../platform/plain.ts'
import { requireBranchFree } from './register.ts'
import type { WorkspaceSpec } from './workspace.ts'

/**
 * Adds the worktree, locked and without files.
 * @returns its entry below `worktrees/`
 */
export async function addLinked(spec: WorkspaceSpec, token: string): Promise<string> {
  return changeEntries(spec.repository, async () => {
    await requireBranchFree(spec)
    await addWorktree(spec.repository, { path: spec.path, branch: spec.branch, reason: lockReason(spec) })
    const entry = linkedEntry(spec.repository, spec.path)
    if (entry === null)
      throw new WorktrainError('GIT_FAILED', `git made ${spec.path}, but keeps no entry for it.`)
    writeFileSync(join(entry, TOKEN), token)
    return entry
  })
}

/** The entry of a linked worktree, found from the repository's side: a worktree's `.git` may lie. */
export function linkedEntry(repo: Repository, path: string): string | null {
  const entries = join(repo.commonDir, 'worktrees')
  let names: string[]
  try {
    names = readdirSync(entries)
  } catch {
    return null
  }
  for (const name of names) {
    try {
      if (readPlain(join(entries, name, 'gitdir'))?.trim() === join(path, '.git')) return join(entries, name)
    } catch {
      // An entry that is being made or removed by somebody else's git.
    }
  }
  return null
}

/**
 * Checks a directory of the person's that a session shall work in.
 * @returns the git directory of the checkout it lies in
 * @throws DIRECTORY_UNUSABLE
 */
export async function checkExisting(spec: WorkspaceSpec): Promise<string> {
  const unusable = (why: string) =>
    new WorktrainError('DIRECTORY_UNUSABLE', `${spec.path} cannot be used: ${why}.`)
  let path: string
  try {
    path = realpathSync(spec.path)
    if (!statSync(path).isDirectory()) throw unusable('it is not a directory')
  } catch (error) {
    throw error instanceof WorktrainError ? error : unusable('it does not exist')
  }
  const all = await checkouts(spec.repository)
  const inside = all
    .filter((each) => isWithin(each.path, path))
    .toSorted((a, b) => b.path.length - a.path.length)[0]
  if (inside === undefined) throw unusable(`it is not in a worktree of ${spec.repository.root}`)
  if (inside.branch === null) throw unusable('no branch is checked out there')
  if (inside.branch !== spec.branch)
    throw unusable(`${inside.branch} is checked out there, not ${spec.branch}`)
  if (inside.path === spec.repository.root) return spec.repository.commonDir
  const entry = linkedEntry(spec.repository, inside.path)
  if (entry === null || pointerOf(inside.path) !== entry)
    throw unusable('its .git does not belong to this repository')
  return entry
}

/** Where the `.git` file of a linked worktree points, or null when it is something else. */
export function pointerOf(path: string): string | null {
  try {
    const target = /^gitdir: (.*)$/m.exec(readPlain(join(path, '.git')) ?? '')?.[1]
    return target === undefined ? null : realpathSync(target)
  } catch {
    return null
  }
}

/** Top of the checkout that a workspace is, or (kind existing) lies in. */
export async function topOf(spec: WorkspaceSpec): Promise<string> {
  if (spec.kind !== 'existing') return spec.path
  const path = realpathSync(spec.path)
  const found = (await checkouts(spec.repository))
    .filter((each) => isWithin(each.path, path))
    .toSorted((a, b) => b.path.length - a.path.length)[0]
  return found?.path ?? path
}

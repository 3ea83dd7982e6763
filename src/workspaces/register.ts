/** The entry by which git and the person see a sealed workspace as one of the repository's worktrees. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { checkouts } from '../git/index.ts'
import { ownSetting, readSettings, type Setting } from './config.ts'
import { adminAside, adminEntry, branchRef, lockReason } from './names.ts'
import { removeTree } from './tree.ts'
import type { WorkspaceSpec } from './workspace.ts'

/**
 * @throws BRANCH_CHECKED_OUT when another checkout has the branch
 */
export async function requireBranchFree(spec: WorkspaceSpec): Promise<void> {
  const other = (await checkouts(spec.repository)).find(
    (each) => each.branch === spec.branch && each.path !== spec.path,
  )
  if (other === undefined) return
  throw new WorktrainError('BRANCH_CHECKED_OUT', `The branch ${spec.branch} is checked out in ${other.path}.`)
}

/**
 * Registers a sealed workspace as a locked worktree. Call within `changeEntries`.
 *
 * Built aside and renamed in: git in other processes fails on a half-made entry.
 * @returns false where the repository keeps refs in a form that takes no hand-written entry (reftable)
 */
export async function register(spec: WorkspaceSpec, settings?: readonly Setting[]): Promise<boolean> {
  const all = settings ?? (await readSettings(spec.repository))
  if ((ownSetting(all, 'extensions.refstorage') ?? 'files') !== 'files') return false
  if (isRegistered(spec)) return true
  const aside = adminAside(spec, 'new')
  await removeTree(aside)
  mkdirSync(aside, { recursive: true })
  writeFileSync(join(aside, 'gitdir'), `${join(spec.path, '.git')}\n`)
  writeFileSync(join(aside, 'commondir'), '../..\n')
  writeFileSync(join(aside, 'HEAD'), `ref: ${branchRef(spec)}\n`)
  writeFileSync(join(aside, 'locked'), `${lockReason(spec)}\n`)
  mkdirSync(join(spec.repository.commonDir, 'worktrees'), { recursive: true })
  renameSync(aside, adminEntry(spec))
  return true
}

/** Is the entry there, and does it name this workspace? */
export function isRegistered(spec: WorkspaceSpec): boolean {
  const file = join(adminEntry(spec), 'gitdir')
  return existsSync(file) && readFileSync(file, 'utf8').trim() === join(spec.path, '.git')
}

/** Takes the entry away. Call within `changeEntries`. */
export async function unregister(spec: WorkspaceSpec): Promise<void> {
  await removeTree(adminAside(spec, 'new'))
  if (isRegistered(spec)) await removeTree(adminEntry(spec))
}

/** Out of the trash and back. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { changeEntries, exactRef, listRefs, type RefMove } from '../git/index.ts'
import { readJson } from '../platform/files.ts'
import { adminAside, baseRef, branchRef, headRef, publishedRef, trashPrefix } from './names.ts'
import { rebuild, removeHalfRebuilt } from './rebuild.ts'
import { identityOf } from './record.ts'
import { register, requireBranchFree } from './register.ts'
import { isSame, mustMove, removalFile, type Removal } from './removed.ts'
import { removeTree } from './tree.ts'
import type { Trashed, Workspace } from './workspace.ts'

/**
 * Brings a workspace back: the directory itself while the trash has it, else a new one from the refs.
 * @throws DIRECTORY_EXISTS, BRANCH_EXISTS, BRANCH_CHECKED_OUT
 */
export async function restore(workspace: Workspace, trashed: Trashed): Promise<Workspace> {
  const removal = readJson<Removal>(removalFile(workspace.stateDir))
  if (workspace.kind === 'existing') {
    await bringRefsBack(workspace)
    return finish(workspace)
  }
  await removeHalfRebuilt(workspace)
  const inTrash = trashed.directory !== null && isSame(workspace, trashed.directory)
  if (identityOf(workspace.path) !== null && !isSame(workspace, workspace.path)) {
    throw new WorktrainError('DIRECTORY_EXISTS', `${workspace.path} exists already.`, {
      hint: 'Move it away, then restore again.',
    })
  }
  await requireBranchFree(workspace)
  await bringRefsBack(workspace)
  if (inTrash && trashed.directory !== null) {
    mkdirSync(dirname(workspace.path), { recursive: true })
    renameSync(trashed.directory, workspace.path)
  }
  if (identityOf(workspace.path) === null) {
    await removeTree(adminAside(workspace, 'trash'))
    return finish(await rebuild(workspace, removal?.head ?? `ref: ${branchRef(workspace)}`))
  }
  await changeEntries(workspace.repository, async () => {
    if (workspace.kind === 'sealed') await register(workspace)
    else takeBack(workspace)
  })
  return finish(workspace)
}

/** The entry of a linked worktree; git removes an empty `worktrees` directory. */
function takeBack(workspace: Workspace): void {
  const aside = adminAside(workspace, 'trash')
  if (!existsSync(aside)) return
  mkdirSync(dirname(workspace.gitDir), { recursive: true })
  renameSync(aside, workspace.gitDir)
}

async function bringRefsBack(workspace: Workspace): Promise<void> {
  const { repository: repo, session } = workspace
  const saved = new Map(
    (await listRefs(repo, trashPrefix(session))).map((ref) => [
      ref.name.slice(trashPrefix(session).length + 1),
      ref.oid,
    ]),
  )
  const moves: RefMove[] = []
  const back = async (ref: string, oid: string | undefined) => {
    if (oid === undefined) return
    const old = await exactRef(repo, ref)
    if (old === oid) return
    if (
      ref === branchRef(workspace) &&
      old !== null &&
      !workspace.existingBranch &&
      workspace.kind !== 'existing'
    ) {
      throw new WorktrainError(
        'BRANCH_EXISTS',
        `The branch ${workspace.branch} exists already, at another commit.`,
        {
          hint: `Rename it with \`git branch -m ${workspace.branch} NEW\`, then restore again.`,
        },
      )
    }
    if (old === null) moves.push({ ref, new: oid, old: null })
  }
  await back(baseRef(session), saved.get('base'))
  await back(publishedRef(session), saved.get('published'))
  await back(headRef(session), saved.get('head'))
  await back(branchRef(workspace), saved.get('branch'))
  await mustMove(workspace, moves)
}

async function finish(workspace: Workspace): Promise<Workspace> {
  const refs = await listRefs(workspace.repository, trashPrefix(workspace.session))
  await mustMove(
    workspace,
    refs.map((ref) => ({ ref: ref.name, new: null, old: ref.oid })),
  )
  rmSync(removalFile(workspace.stateDir), { force: true })
  return workspace
}

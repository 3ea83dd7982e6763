/** Out of the trash, and away for good. */
import { existsSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { listRefs } from '../git/index.ts'
import { readJson } from '../platform/files.ts'
import type { Erased, Erasure } from './erase.ts'
import { adminAside, snapshotPrefix, trashPrefix, trustedDir } from './names.ts'
import { identityOf, isSameDevice, removeRecord } from './record.ts'
import { isSame, mustMove, proofOf, removalFile, type Removal } from './removed.ts'
import { removeTree } from './tree.ts'
import type { Trashed, Workspace } from './workspace.ts'

/**
 * Deletes what the trash holds of a workspace: the directory, then the refs. Only what this removal itself put
 * there: without its record, or with the workspace back in its place, whoever says that it is in the trash is
 * wrong (a journal restored from a backup).
 * @throws REMOVAL_UNSAFE
 */
export async function purge(
  workspace: Workspace,
  trashed: Trashed,
  erase: (erasure: Erasure) => Promise<Erased>,
): Promise<void> {
  const { session, stateDir } = workspace
  if (workspace.kind !== 'existing' && isSame(workspace, workspace.path))
    throw new WorktrainError(
      'REMOVAL_UNSAFE',
      `${workspace.name} is not in the trash: ${workspace.path} is there.`,
    )
  const { directory } = trashed
  const there = directory === null ? null : identityOf(directory)
  const ours = there?.directory === true && there.ino === workspace.ino && isSameDevice(workspace, there.dev)
  const removal = readJson<Removal>(removalFile(stateDir))
  // A purge that was killed may have taken the record already: then nothing else is left of it either.
  const known =
    removal === null ? !ours && !existsSync(trustedDir(stateDir)) : removal.directory === directory
  if (!known)
    throw new WorktrainError(
      'REMOVAL_UNSAFE',
      `${workspace.name} is not in the trash as it should be: the record of its removal says something else.`,
    )
  if (ours && directory !== null && basename(directory).endsWith(`-${session}`)) {
    const done = await erase({ directory, dev: there.dev, ino: there.ino, proof: proofOf(workspace) })
    if (!done.gone) {
      const kept = done.kept.map(({ path, why }) => `${path} (${why})`).join(', ')
      throw new WorktrainError('REMOVAL_UNSAFE', `Not all of ${workspace.name} could be deleted: ${kept}.`, {
        details: { kept: done.kept },
      })
    }
  }
  await removeTree(adminAside(workspace, 'trash'))
  const refs = [
    ...(await listRefs(workspace.repository, trashPrefix(session))),
    ...(await listRefs(workspace.repository, snapshotPrefix(session))),
  ]
  await mustMove(
    workspace,
    refs.map((ref) => ({ ref: ref.name, new: null, old: ref.oid })),
  )
  await removeTree(trustedDir(stateDir))
  rmSync(removalFile(stateDir), { force: true })
  removeRecord(stateDir)
}

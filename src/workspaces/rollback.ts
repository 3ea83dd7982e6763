/** Undoing a half-made workspace. */
import { rmSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { changeEntries, exactRefs, moveRefs, type RefMove } from '../git/index.ts'
import { linkedEntry } from './linked.ts'
import { baseRef, branchRef, headRef, publishedRef, trustedDir } from './names.ts'
import { identityOf, readRecord, removeRecord, type MakeRecord } from './record.ts'
import { unregister } from './register.ts'
import { removeTree } from './tree.ts'
import type { WorkspaceSpec } from './workspace.ts'

/**
 * Undoes a half-made workspace: the worktree entry, the directory, the branch and the refs, each only
 * where the record or git proves that making this workspace made it. Idempotent.
 * @throws REMOVAL_UNSAFE when the session already published work
 */
export async function rollBack(spec: WorkspaceSpec): Promise<void> {
  const repo = spec.repository
  const refs = [baseRef, headRef, publishedRef].map((ref) => ref(spec.session))
  const found = await exactRefs(repo, [...refs, branchRef(spec)])
  const [base, head, published] = refs.map((ref) => found.get(ref))
  if (base && published && head !== published) {
    throw new WorktrainError('REMOVAL_UNSAFE', `${spec.path} holds work already: it is not half-made.`)
  }
  const record = readRecord(spec.stateDir)
  if (spec.kind !== 'existing' && record !== null) await rollBackDirectory(spec, record)
  const moves: RefMove[] = []
  for (const ref of refs) moves.push({ ref, new: null, old: found.get(ref) ?? null })
  const ownBranch = base && !spec.existingBranch && spec.kind !== 'existing'
  if (ownBranch && found.get(branchRef(spec)) === published) {
    moves.push({ ref: branchRef(spec), new: null, old: published ?? base })
  }
  await moveRefs(repo, moves, 'worktrain: roll back')
  await removeTree(trustedDir(spec.stateDir))
  rmSync(join(spec.stateDir, 'include.json'), { force: true })
  removeRecord(spec.stateDir)
}

async function rollBackDirectory(spec: WorkspaceSpec, record: MakeRecord): Promise<void> {
  await changeEntries(spec.repository, async () => {
    if (spec.kind === 'sealed') await unregister(spec)
    const entry = spec.kind === 'linked' ? linkedEntry(spec.repository, spec.path) : null
    // Before the token is in the entry, the directory being ours is the proof.
    if (entry !== null && isOurs(record)) await removeTree(entry)
  })
  const there = identityOf(record.path)
  if (there?.directory && isOurs(record)) await removeTree(record.path)
  else if (there?.directory && record.dev === null) removeEmpty(record.path)
  if (record.parent !== null) {
    for (let at = dirname(record.path); at.length >= record.parent.length; at = dirname(at))
      if (!removeEmpty(at)) break
  }
}

function isOurs(record: MakeRecord): boolean {
  const there = identityOf(record.path)
  return record.dev !== null && there !== null && there.dev === record.dev && there.ino === record.ino
}

/** Removes a directory if nothing is in it. */
function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' || code === 'EBUSY') return false
    if (code === 'ENOENT') return true
    throw error
  }
}

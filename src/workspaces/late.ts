/** A workspace as it is when it is removed, and what comes too late for that. */
import { WorktrainError } from '../protocol/errors.ts'
import { commitTree, exactRef, readRef } from '../git/index.ts'
import { bringInIfPossible } from './bring.ts'
import { topOf } from './linked.ts'
import { processesIn } from './live.ts'
import { trashPrefix } from './names.ts'
import { isSame, mustMove } from './removed.ts'
import { changesBetween } from './snapshot.ts'
import { listed } from './text.ts'
import { capture } from './trusted.ts'
import type { Workspace } from './workspace.ts'

/** The whole working state as a commit; the same state gives the same commit. */
export async function captureAll(workspace: Workspace, at: number): Promise<string> {
  const { head } = await bringInIfPossible(workspace)
  const { tree } = await capture(workspace, await topOf(workspace), head)
  return commitTree(workspace.repository, {
    tree,
    parents: [head],
    message: `worktrain: ${workspace.name} when it was removed\n`,
    at,
  })
}

/**
 * Between saving its work and the steps that take it away lies time: what was written meanwhile is a reason
 * to stop.
 * @throws REMOVAL_UNSAFE
 */
export async function requireUnchanged(workspace: Workspace): Promise<void> {
  if (workspace.kind === 'existing') return
  const saved = await exactRef(workspace.repository, `${trashPrefix(workspace.session)}/worktree`)
  if (saved === null) return
  const { head } = await bringInIfPossible(workspace)
  const { tree } = await capture(workspace, await topOf(workspace), head)
  const changed = (await changesBetween(workspace, null, saved, tree)).map((change) => change.path)
  const parent = await readRef(workspace.repository, `${saved}^`)
  if (changed.length === 0 && head === parent) return
  const what = changed.length === 0 ? 'It was committed to' : `It was written to (${listed(changed)})`
  const reasons = [`${what} while it was being removed.`]
  throw new WorktrainError('REMOVAL_UNSAFE', reasons.join(' '), { details: { reasons } })
}

/**
 * The rename kept everything, but the last look was before it: what was written in between gets a ref of its
 * own as well, and whoever is still in the directory is named.
 */
export async function takeLate(workspace: Workspace, directory: string, at: number): Promise<string[]> {
  if (!isSame(workspace, directory)) return []
  const { repository: repo, session } = workspace
  const saved = await exactRef(repo, `${trashPrefix(session)}/worktree`)
  const late: string[] = []
  if (saved !== null) {
    const { tree } = await capture(workspace, directory, saved)
    const changed = (await changesBetween(workspace, null, saved, tree)).map((change) => change.path)
    if (changed.length > 0) {
      const message = `worktrain: written while ${workspace.name} was being removed\n`
      const oid = await commitTree(repo, { tree, parents: [saved], message, at })
      const ref = `${trashPrefix(session)}/late`
      await mustMove(workspace, [{ ref, new: oid, old: await exactRef(repo, ref) }])
      late.push(`${listed(changed)} changed while it was being removed; that is in the trash too.`)
    }
  }
  for (const { pid, what } of processesIn(directory, null))
    late.push(
      `${what} (process ${pid}) came into it at the last moment; what it writes goes to ${directory}.`,
    )
  return late
}

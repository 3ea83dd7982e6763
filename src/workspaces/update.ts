/** Bringing new main into a session's branch: git runs in the session's own cell. */
import { WorktrainError } from '../protocol/errors.ts'
import { isAncestor } from '../git/index.ts'
import { bringIn } from './bring.ts'
import type { RunInCell, Workspace } from './workspace.ts'

/** Hooks of the session run in a merge, and may never end, ms. */
const MERGE_LIMIT = 10 * 60_000

/**
 * Merges a commit of the repository into the branch; its objects are visible to a sealed workspace
 * through its alternates. A merge with conflicts is taken back.
 * @throws GIT_FAILED when git refuses to begin (uncommitted changes in the way)
 */
export async function update(
  workspace: Workspace,
  main: string,
  run: RunInCell,
): Promise<{ result: 'merged' | 'conflict' | 'current'; head: string; files: string[] }> {
  const before = await bringIn(workspace)
  if (await isAncestor(workspace.repository, main, before))
    return { result: 'current', head: before, files: [] }
  const inCell = (...args: string[]) =>
    run({
      argv: ['git', '-c', 'core.quotePath=false', ...args],
      cwd: workspace.path,
      env: { GIT_EDITOR: 'true', LC_ALL: 'C' },
      timeoutMs: MERGE_LIMIT,
    })
  const merge = await inCell('merge', '--no-edit', main)
  if (merge.exit === 0) return { result: 'merged', head: await bringIn(workspace), files: [] }
  const conflicts = await inCell('--no-pager', 'diff', '--name-only', '--diff-filter=U', '-z')
  const files = conflicts.exit === 0 ? conflicts.output.split('\0').filter((name) => name !== '') : []
  if (files.length === 0) {
    throw new WorktrainError('GIT_FAILED', `git could not begin to merge: ${merge.output.trim()}`, {
      hint: 'Let the session commit its work first.',
    })
  }
  const abort = await inCell('merge', '--abort')
  if (abort.exit !== 0)
    throw new WorktrainError(
      'GIT_FAILED',
      `The merge has conflicts and could not be taken back: ${abort.output.trim()}`,
    )
  return { result: 'conflict', head: before, files }
}

/** Whether the target moved, told by the target alone. Reads only. */
import { exactRef, isAncestor, type Repository, treeOf } from '../../git/index.ts'
import { WorktrainError } from '../../protocol/index.ts'
import type { Intent, Outcome } from './landable.ts'

/** How far a landing came, told by the target alone; null: it has not moved. */
export async function settle(
  repo: Repository,
  intent: Pick<Intent, 'target' | 'old' | 'new' | 'tree'>,
): Promise<Outcome | null> {
  const main = await exactRef(repo, `refs/heads/${intent.target}`)
  if (main === null) return { kind: 'moved', to: 'nothing' }
  if (await holds(repo, main, intent)) return { kind: 'landed', commit: intent.new }
  return main === intent.old ? null : { kind: 'moved', to: main }
}

/**
 * Does the target hold the candidate? Commits of the person's on top of it do not undo it.
 * @throws INTERNAL when its tree is not the tested one
 */
export async function holds(
  repo: Repository,
  main: string,
  { new: commit, tree }: Pick<Intent, 'new' | 'tree'>,
): Promise<boolean> {
  if (main !== commit && !(await isAncestor(repo, commit, main))) return false
  const found = await treeOf(repo, commit)
  if (found === tree) return true
  throw new WorktrainError('INTERNAL', `${commit} has the tree ${found}, but ${tree} was tested.`)
}

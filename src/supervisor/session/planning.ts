/** What the supervisor needs of the partition room, and the files globs are matched against. */
import { inRepository, type Repository } from '../../git/index.ts'
import { WorktrainError } from '../../protocol/index.ts'

export { nameFromGoal, validateName } from '../../partition/names.ts'
export { validateGlob } from '../../partition/globs.ts'
export { order } from '../../partition/order.ts'
export { overlaps } from '../../partition/overlap.ts'

/** A repository has one train: what a plan names must be its target. @throws PLAN_INVALID */
export function requireTarget(repo: { target: string }, named: string | undefined): void {
  if (named === undefined || named === repo.target) return
  throw new WorktrainError(
    'PLAN_INVALID',
    `The plan is for ${named}, but everything here lands on ${repo.target}.`,
    { hint: `Take \`target: ${named}\` out, or write \`target = "${named}"\` in .worktrain.toml.` },
  )
}

/** Paths of the main checkout's HEAD, as git has them. */
export async function trackedFiles(repository: Repository): Promise<string[]> {
  const { stdout } = await inRepository(repository, ['ls-tree', '-r', '-z', '--name-only', 'HEAD'])
  return stdout.split('\0').filter((path) => path !== '')
}

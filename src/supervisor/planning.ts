/** What the supervisor needs of the partition room, and the files globs are matched against. */
import { inRepository, type Repository } from '../git/index.ts'

export { nameFromGoal, validateName } from '../partition/names.ts'
export { validateGlob } from '../partition/globs.ts'
export { order } from '../partition/order.ts'
export { overlaps } from '../partition/overlap.ts'

/** Paths of the main checkout's HEAD, as git has them. */
export async function trackedFiles(repository: Repository): Promise<string[]> {
  const { stdout } = await inRepository(repository, ['ls-tree', '-r', '-z', '--name-only', 'HEAD'])
  return stdout.split('\0').filter((path) => path !== '')
}

/** Where the target is checked out, and whether git could move it there now. Reads only. */
import { existsSync } from 'node:fs'
import {
  type Checkout,
  checkouts,
  gitDirs,
  isBeingRebased,
  type Place,
  placeAt,
  type Repository,
  unfinished,
  workTreeOf,
} from '../../git/index.ts'
import type { Blocked } from '../../protocol/index.ts'

export type Where =
  | { kind: 'nowhere' }
  | { kind: 'checkout'; place: Place }
  /** The target must not be moved now. */
  | { kind: 'blocked'; blocked: Blocked }

/** The person's filters may be slow, and may hang: longer than this no fast-forward takes, ms. */
export const CHECKOUT_LIMIT_MS = 10 * 60_000

/** Finds out how the target can be moved. */
export async function whereIs(repo: Repository, target: string): Promise<Where> {
  const all = (await checkouts(repo)).filter((one) => !one.bare)
  const rebased = gitDirs(repo).find((gitDir) => isBeingRebased(gitDir, target))
  if (rebased !== undefined)
    return {
      kind: 'blocked',
      blocked: unfinished(workTreeOf(repo, rebased), `a rebase of ${target} is not finished`),
    }
  // A worktree whose directory is gone has nothing that could get out of step, unless it comes back.
  const here = all.filter((one) => one.branch === target && (one.prunable === null || one.locked !== null))
  if (here.length === 0) return { kind: 'nowhere' }
  const [first] = here as [Checkout]
  if (here.length > 1) {
    const paths = here.map((one) => one.path)
    const detail = `${target} is checked out in ${paths.length} directories, and only one can be kept in step. Switch the others to another branch.`
    return { kind: 'blocked', blocked: { reason: 'checkout', paths, detail } }
  }
  if (!existsSync(first.path)) {
    const detail = `${target} is checked out in ${first.path}, which is not there. Bring it back, or run \`git worktree unlock\` and \`git worktree prune\`.`
    return { kind: 'blocked', blocked: { reason: 'checkout', paths: [first.path], detail } }
  }
  const place = placeAt(repo, first.path)
  if (place === null) {
    const detail = `The git directory of ${first.path} cannot be found. Run \`git worktree repair\` there.`
    return { kind: 'blocked', blocked: { reason: 'checkout', paths: [first.path], detail } }
  }
  return { kind: 'checkout', place }
}

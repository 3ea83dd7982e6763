/** In which checkout a look is: known by its git directory, wherever that stands by now. */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { gitDirs, type Place, placeAt, type Repository, workTreeOf } from '../../git/index.ts'
import { toErrorBody, WorktrainError } from '../../protocol/index.ts'
import { wayBack } from '../../protocol/spotlight-off.ts'
import { type Back, lookedAt, type SpotlightState } from '../../spotlight/index.ts'
import { allSessions, type Context } from '../context.ts'

/** A look that is not over, with its id in the journal. */
export type Look = SpotlightState & { id: string }

/** Of the looks in a checkout, in the journal: one follows another. */
export function idOf({ gitDir }: Pick<Place, 'gitDir'>): string {
  return `k${createHash('sha256').update(gitDir).digest('hex').slice(0, 12)}`
}

/** Null: its checkout is gone. */
function placeIfAny(repo: Repository, { id }: Pick<Look, 'id'>): Place | null {
  const gitDir = gitDirs(repo).find((one) => idOf({ gitDir: one }) === id)
  return gitDir === undefined ? null : placeAt(repo, workTreeOf(repo, gitDir))
}

/** @throws DIRECTORY_UNUSABLE when its checkout is gone */
export function placeOf(repo: Repository, look: Pick<Look, 'id' | 'checkout'>): Place {
  const place = placeIfAny(repo, look)
  const { checkout } = look
  if (place === null)
    throw new WorktrainError('DIRECTORY_UNUSABLE', `${checkout} is not there any more, or no checkout.`, {
      hint: `If it is gone for good, end the look: \`${wayBack(checkout, repo.root)} --leave\`. What you had there stays kept.`,
    })
  return place
}

/** A checkout of the person's, by its real path. @param checkout null: the main one @throws DIRECTORY_UNUSABLE */
export async function ownPlace(ctx: Context, repo: Repository, checkout: string | null): Promise<Place> {
  const path = checkout === null ? repo.root : realpathIfAny(checkout)
  const place = path === null ? null : placeAt(repo, path)
  if (place === null)
    throw new WorktrainError('DIRECTORY_UNUSABLE', `${checkout} is no checkout of ${repo.root}.`, {
      hint: 'See `git worktree list`.',
    })
  const of = (await allSessions(ctx)).find(
    (s) => s.workspace.path === path && !s.trashed && s.stage !== 'discarded',
  )
  if (of)
    throw new WorktrainError('DIRECTORY_UNUSABLE', `${path} is the workspace of ${of.name}.`, {
      hint: 'Name a checkout of your own, or none for the main one.',
    })
  return place
}

/** Where else in a repository something is shown, each a sentence. */
export function shownElsewhere(repo: Repository, active: readonly Look[]): string[] {
  return active
    .filter(({ repository }) => repository === repo.id)
    .map((look) => {
      const checkout = placeIfAny(repo, look)?.path ?? look.checkout
      const name = lookedAt(look) ?? 'a session'
      return `${checkout} shows ${name}; back: ${wayBack(checkout, repo.root)}`
    })
}

/** What failed, and that nothing is lost by it. */
export function notShown({ path }: Place, { head, notes }: Back, error: unknown): WorktrainError {
  const body = toErrorBody(error)
  const at = head.branch ?? `${head.commit.slice(0, 10)}, on no branch`
  const hint = [`${path} is back at ${at}, with what you had there.`, ...notes, body.hint].join(' ')
  return new WorktrainError(body.code, body.message, { hint, cause: error })
}

export function realpathIfAny(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

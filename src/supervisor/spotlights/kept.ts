/** What looks that are over have kept: for how long, what there is of it, and its end. */
import { join } from 'node:path'
import type { KeptView } from '../../protocol/api.ts'
import { listRefs, type Repository } from '../../git/index.ts'
import {
  forgetPast,
  lookedAt,
  type PastLook,
  REFS,
  refsOf,
  spotlightProjection,
  type SpotlightState,
  stateOf,
} from '../../spotlight/index.ts'
import { type Context, self } from '../context.ts'
import type { Repositories, RepositoryContext } from '../repositories.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** As long as a session stays in the trash. */
export const keepMs = ({ config }: Pick<RepositoryContext, 'config'>): number => config['trash.days'] * DAY_MS

/** Private directory of a look. */
export const directoryOf = ({ paths }: Pick<Context, 'paths'>, look: string): string =>
  join(paths.state, 'spotlights', look)

/** One look after another in a repository. */
export function inRepositoryOrder<T>(ctx: Context, repository: string, work: () => Promise<T>): Promise<T> {
  return ctx.inOrder(`spotlight:${repository}`, work)
}

/** Forgets what was kept for its time. What is shown, or on its way, is not over, and is never looked at. */
export async function forgetOldLooks(ctx: Context, repositories: Repositories): Promise<void> {
  for (const { id: aggregate, state } of await ctx.journal.list(spotlightProjection))
    for (const { look, until } of state.past) {
      if (until > ctx.now()) continue
      try {
        const { repository: repo } = await repositories.byId(state.repository)
        const kept = { id: look, repo, directory: directoryOf(ctx, look), onStep: () => {} }
        const stage = { ...kept, journal: ctx.journal, aggregate, actor: self }
        await inRepositoryOrder(ctx, state.repository, async () => {
          // What was only begun may be shown by now.
          const { past } = await stateOf(stage)
          if (past.some((one) => one.look === look && one.until <= ctx.now()))
            await forgetPast(stage, 'its time was over')
        })
      } catch (error) {
        ctx.log.warn('what a look kept could not be forgotten', { look, error })
      }
    }
}

/**
 * Not in the middle of a move: what goes back is over before all that it had kept is gone.
 * @param repository id; null: of all
 */
export async function keptLooks(
  ctx: Context,
  repositories: Repositories,
  repository: string | null,
): Promise<KeptView[]> {
  const views: KeptView[] = []
  for (const id of new Set((await statesOf(ctx)).map((state) => state.repository))) {
    if (repository !== null && repository !== id) continue
    const repo = await openedIfAny(ctx, repositories, id)
    if (repo !== null) views.push(...(await inRepositoryOrder(ctx, id, () => keptIn(ctx, repo))))
  }
  return views.toSorted((a, b) => a.since - b.since)
}

async function keptIn(ctx: Context, repo: Repository): Promise<KeptView[]> {
  const refs = new Map((await listRefs(repo, REFS)).map(({ name, oid }) => [name, oid]))
  return (await statesOf(ctx))
    .filter((state) => state.repository === repo.id)
    .flatMap(looksOf)
    .flatMap(({ look, kept, edits, ...rest }) => {
      // Git is asked, not the journal alone: these names are what keeps them.
      const there = refs.get(`${refsOf(look)}/kept`) ?? null
      const held = kept === '' || there === kept ? there : null
      const named = edits.filter((_, at) => refs.has(`${refsOf(look)}/edits/${at + 1}`))
      if (held === null && named.length === 0) return []
      return [{ ...rest, id: look, repository: { id: repo.id, root: repo.root }, kept: held, edits: named }]
    })
}

async function statesOf(ctx: Context): Promise<SpotlightState[]> {
  return (await ctx.journal.list(spotlightProjection)).map(({ state }) => state)
}

/** One that is gone has nothing kept, and must not hide the others. */
async function openedIfAny(ctx: Context, repositories: Repositories, id: string): Promise<Repository | null> {
  try {
    return (await repositories.byId(id)).repository
  } catch (error) {
    ctx.log.warn('a repository cannot be opened', { repository: id, error })
    return null
  }
}

type Look = Omit<PastLook, 'name' | 'until'> & Pick<KeptView, 'name' | 'until'>

function looksOf({ past, ended, moving, shown, ...state }: SpotlightState): Look[] {
  const over = past.map((one) => ({ ...one, name: one.name === '' ? null : one.name }))
  if (ended) return over
  const { look, checkout, head, kept, edits, since } = state
  return [
    ...over,
    { look, checkout, head, kept, edits, since, name: lookedAt({ shown, moving }), until: null },
  ]
}

/** What is asked about looks at sessions' work in the person's checkouts. */
import type { SpotlightOutputs } from '../../protocol/api.ts'
import type { Handlers } from '../../server/index.ts'
import type { Context } from '../context.ts'
import type { Repositories } from '../repositories.ts'
import { keptLooks } from './kept.ts'
import type { Spotlights } from './spotlights.ts'
import type { Views } from '../views.ts'

export function spotlightHandlers(
  ctx: Context,
  repositories: Repositories,
  spotlights: Spotlights,
  views: Views,
): Pick<Handlers, keyof SpotlightOutputs> {
  return {
    spotlights: async ({ repo }) =>
      spotlights.views(repo === null ? null : (await repositories.identify(repo)).id),
    spotlightsKept: async ({ repo }) =>
      keptLooks(ctx, repositories, repo === null ? null : (await repositories.identify(repo)).id),
    spotlight: async ({ checkout, ...ref }, actor) => {
      const s = await views.find(ref)
      return spotlights.show(await repositories.byId(s.repository), s.id, checkout, actor)
    },
    spotlightOff: async ({ repo, checkout, ...how }, actor) =>
      spotlights.off(await repositories.open(repo), checkout, how, actor),
  }
}

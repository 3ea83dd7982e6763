/** What waits for the person over all sessions and trains, in order, and how the review limit stands. */
import type { AttentionItem, AttentionView, ReviewLoad } from '../../protocol/attention.ts'
import { toErrorBody } from '../../protocol/index.ts'
import { isUnreviewed, type Reviewed } from '../../sessions/admission.ts'
import { inOrder, places } from '../../sessions/attention/order.ts'
import type { SessionState } from '../../sessions/state.ts'
import type { Context } from '../context.ts'
import type { Repositories } from '../repositories.ts'
import type { TrainFacts } from '../trains/facts.ts'

/** @param items of the sessions; the trains' own are added where no session tells them */
export function attentionView(
  items: readonly AttentionItem[],
  trains: Iterable<TrainFacts>,
  reviews: ReviewLoad[],
  now: number,
): AttentionView {
  const own = [...trains].flatMap(({ item, orphans }) => [...(item ? [item] : []), ...orphans])
  const known = new Set(items.map(({ id }) => id))
  const ordered = inOrder([...items, ...own.filter(({ id }) => !known.has(id))])
  return { items: ordered, places: places(ordered, now), reviews }
}

/** @param open open sessions of any repository */
export async function reviewLoads(
  ctx: Context,
  repositories: Repositories,
  open: readonly SessionState[],
  reviewed: Reviewed,
): Promise<ReviewLoad[]> {
  const loads: ReviewLoad[] = []
  for (const id of new Set(open.map(({ repository }) => repository))) {
    try {
      const { repository, config } = await repositories.byId(id)
      const mine = open.filter((s) => s.repository === id)
      loads.push({
        repository: { id, root: repository.root },
        limit: config['limits.unreviewed'],
        unreviewed: mine.filter((s) => isUnreviewed(s, reviewed)).map(({ name }) => name),
        held: mine.filter(({ waitsBecause }) => waitsBecause === 'review').map(({ name }) => name),
      })
    } catch (error) {
      // Its repository has gone: the others' loads are told all the same.
      ctx.log.warn('a repository could not be asked', { repository: id, error: toErrorBody(error).message })
    }
  }
  return loads
}

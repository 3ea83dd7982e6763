/** What waits for the person over all sessions and trains, in order, and how the review limit stands. */
import type { AttentionItem, AttentionView, ReviewLoad } from '../../protocol/attention.ts'
import { toErrorBody } from '../../protocol/index.ts'
import { isUnreviewed, type Reviewed } from '../../sessions/admission.ts'
import { inOrder, places } from '../../sessions/attention/order.ts'
import type { SessionState } from '../../sessions/state.ts'
import { type TrainRecord, isActive } from '../../train/index.ts'
import type { Change } from '../../train/ports.ts'
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

/**
 * Repositories whose train may have something to tell: it has changes, be it of sessions or of nobody, or is paused.
 * @param within id of the only repository that counts; null: all
 */
export function trainsThatTell(
  changes: readonly Change[],
  trains: readonly { id: string; state: Pick<TrainRecord, 'paused'> }[],
  within: string | null,
): string[] {
  const asked = changes.filter((change) => isActive(change) || change.state === 'ejected')
  const paused = trains.filter(({ state }) => state.paused !== null)
  const ids = [...asked.map(({ repository }) => repository), ...paused.map(({ id }) => id)]
  return ids.filter((id) => within === null || id === within)
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

/** What trains tell of themselves and of their sessions: where each is, and why the train does not move. */
import { type AttentionItem, type AttentionView, itemOfChange } from '../../protocol/attention.ts'
import type { ChangeView, TrainView } from '../../protocol/api.ts'
import { toErrorBody } from '../../protocol/index.ts'
import type { AttentionFacts } from '../../sessions/attention/facts.ts'
import { orphaned, trainItem } from '../../sessions/attention/train.ts'
import type { Change } from '../../train/ports.ts'
import type { Context } from '../context.ts'
import type { Repositories } from '../repositories.ts'
import type { Trains } from './trains.ts'

export interface TrainFacts {
  /** By session: where its change is, as a sentence. */
  where: ReadonlyMap<string, string>
  /** What keeps the whole train. */
  item: AttentionItem | null
  /** Ejected changes of nobody. */
  orphans: AttentionItem[]
}

/** A session's newest change, as what waits for the person is found. Pure. */
export function changeFacts(change: Change | undefined): AttentionFacts['change'] {
  if (change === undefined) return null
  const { id, state, target, ejected, held, suspected, queuedAt } = change
  return {
    ...{ id, state, at: queuedAt },
    why: ejected?.detail ?? held ?? suspected?.detail ?? state,
    checked: (ejected?.log ?? null) !== null,
    conflicts: ejected?.reason === 'conflict' ? { main: ejected.base ?? target, files: ejected.files } : null,
    mayPass: ejected?.reason === 'error',
  }
}

/** Of the changes that wait for the person, what settles each. Pure. */
export function asksOf(
  changes: readonly Pick<ChangeView, 'id'>[],
  { items }: Pick<AttentionView, 'items'>,
): TrainView['asks'] {
  return changes.flatMap(({ id }) => {
    const item = itemOfChange(items, id)
    return item === undefined ? [] : [{ change: id, action: item.action }]
  })
}

/** Of one train. Pure. @param repairing ejected changes that a session is at work on @param mender as in its facts */
export function factsOf(
  train: TrainView,
  repository: AttentionItem['repository'],
  repairing: ReadonlySet<string>,
  mender: string | null,
  now: number,
): TrainFacts {
  const waiting = train.changes.filter(({ position, session }) => position !== null && session !== null)
  return {
    where: new Map(waiting.map(({ session, why }) => [session ?? '', why])),
    item: trainItem(train, repository, now),
    orphans: orphaned(train.changes, repository, repairing, mender, now),
  }
}

/** Of the trains of these repositories, by id. A list must not fail because one of them cannot be asked. */
export async function trainFacts(
  ctx: Context,
  parts: { repositories: Repositories; trains: Trains },
  repositories: Iterable<string>,
  repairing: ReadonlySet<string>,
  mender: string | null,
): Promise<Map<string, TrainFacts>> {
  const found = new Map<string, TrainFacts>()
  for (const id of new Set(repositories)) {
    try {
      const context = await parts.repositories.byId(id)
      const train = await parts.trains.of(context)
      const { root } = context.repository
      found.set(id, factsOf(await train.view(), { id, root }, repairing, mender, ctx.now()))
    } catch (error) {
      ctx.log.warn('a train could not be asked', { repository: id, error: toErrorBody(error).message })
    }
  }
  return found
}

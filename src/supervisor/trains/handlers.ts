/** What is asked of a train itself: to show it, to steer it. */
import type { Handlers } from '../../server/index.ts'
import type { Context } from '../context.ts'
import { asksOf } from './facts.ts'
import { whyCommit } from './history.ts'
import type { Repositories } from '../repositories.ts'
import { readTrainLog, withOutput } from './log.ts'
import type { Trains } from './trains.ts'
import { undo } from './undo.ts'
import type { Views } from '../views.ts'

type Mine =
  | 'train'
  | 'trainPause'
  | 'trainResume'
  | 'trainEject'
  | 'trainRetry'
  | 'trainHold'
  | 'trainRelease'
  | 'trainPriority'
  | 'trainLog'
  | 'undo'
  | 'whyCommit'

export function trainHandlers(
  ctx: Context,
  repositories: Repositories,
  trains: Trains,
  views: Views,
): Pick<Handlers, Mine> {
  const of = async (repo: string) => trains.of(await repositories.open(repo))
  return {
    train: async ({ repo, asks }) => {
      const train = withOutput(await (await of(repo)).view())
      const ejected = asks ? train.changes.filter(({ state }) => state === 'ejected') : []
      return ejected.length === 0 ? train : { ...train, asks: asksOf(ejected, await views.attention(repo)) }
    },
    trainPause: async ({ repo, why }, actor) => {
      const train = await of(repo)
      await train.pause(why, actor)
      return train.view()
    },
    trainResume: async ({ repo }, actor) => {
      const train = await of(repo)
      await train.resume(actor)
      return train.view()
    },
    trainEject: async ({ repo, change }, actor) =>
      trains.steer(await repositories.open(repo), change, (train, { id }) =>
        train.eject(id, 'ejected by you', actor),
      ),
    trainRetry: async ({ repo, change, resolveWith }, actor) =>
      trains.steer(await repositories.open(repo), change, (train, found) =>
        trains.retry(train, found, actor, resolveWith),
      ),
    trainHold: async ({ repo, change, why }, actor) =>
      trains.steer(await repositories.open(repo), change, (train, { id }) => train.hold(id, why, actor)),
    trainRelease: async ({ repo, change }, actor) =>
      trains.steer(await repositories.open(repo), change, (train, { id }) => train.release(id, actor)),
    trainPriority: async ({ repo, change, priority }, actor) =>
      trains.steer(await repositories.open(repo), change, (train, { id }) =>
        train.prioritise(id, priority, actor),
      ),
    trainLog: async ({ repo, change, bytes }) => readTrainLog(await (await of(repo)).view(), change, bytes),
    undo: async ({ repo, what }, actor) => {
      const context = await repositories.open(repo)
      return undo(ctx, context, await trains.of(context), what, actor)
    },
    whyCommit: async ({ repo, commit }) => {
      const context = await repositories.open(repo)
      const { changes } = await (await trains.of(context)).view()
      return whyCommit(ctx.journal, context, commit, changes)
    },
  }
}

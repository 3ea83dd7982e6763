/** What is asked of the train's past, and of the output of its checks. */
import type { Handlers } from '../server/index.ts'
import type { Context } from './context.ts'
import { whyCommit } from './history.ts'
import type { Repositories } from './repositories.ts'
import { readTrainLog } from './train-log.ts'
import type { Trains } from './trains.ts'
import { undo } from './undo.ts'

export function historyHandlers(
  ctx: Context,
  repositories: Repositories,
  trains: Trains,
): Pick<Handlers, 'trainLog' | 'undo' | 'whyCommit'> {
  return {
    trainLog: async ({ repo, change, bytes }) => {
      const train = await trains.of(await repositories.open(repo))
      return readTrainLog(await train.view(), change, bytes)
    },
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

/** `worktrain train [ACTION] [CHANGE] [WORDS…]`. */
import type { TrainView } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import { showLog } from '../train-view/log.ts'
import { renderTrain } from '../../terminal/train/render.ts'
import { type Asked, asked, type TrainOptions } from '../train-view/asked.ts'
import { renderSteered, steer } from '../train-view/steer.ts'
import { watchTrain } from '../train-view/watch.ts'

export async function run(
  ctx: Context,
  [action, words]: [string | undefined, string[]],
  options: TrainOptions,
): Promise<void> {
  const what: Asked = asked(action, words, options)
  const client = await ctx.supervisor()
  const repo = ctx.directory
  const show = (train: TrainView): void =>
    ctx.show<'train'>(train, (output, look) => renderTrain(output, look, ctx.now()))
  switch (what.action) {
    case 'show':
      return show(await client.call('train', { repo, asks: true }))
    case 'watch':
      return watchTrain(ctx, client)
    case 'log':
      return showLog(ctx, client, what)
    case 'pause':
      return show(await client.call('trainPause', { repo, ...(what.why ? { why: what.why } : {}) }))
    case 'resume':
      return show(await client.call('trainResume', { repo }))
    default:
      return ctx.show<'trainHold'>(await steer(client, repo, what), (change) => renderSteered(change))
  }
}

/** `worktrain notify [--test]`. */
import type { ChannelView } from '../../protocol/api.ts'
import type { Look } from '../../terminal/look.ts'
import { columns, oneLine, truncate, wrap } from '../../terminal/text.ts'
import type { Context } from '../context.ts'

export async function run(ctx: Context, _args: [], options: { test?: true }): Promise<number> {
  const client = await ctx.supervisor()
  if (!options.test) {
    ctx.show<'notifyStatus'>(await client.call('notifyStatus', {}), renderChannels)
    return 0
  }
  const came = await client.call('notifyTest', {})
  ctx.show<'notifyTest'>(came, renderChannels)
  return came.some(({ state }) => state === 'told') && !came.some(({ state }) => state === 'failed') ? 0 : 1
}

const COLOURS = { told: 'green', failed: 'red', on: 'green', off: 'dim' } as const

/** Pure. */
export function renderChannels(channels: readonly ChannelView[], look: Look): string {
  const heads = columns(channels.map(({ channel, state, name }) => [channel, state, oneLine(name)]))
  return channels
    .flatMap(({ state, said, todo }, i) => [
      look.paint(COLOURS[state], truncate(heads[i] ?? '', look.width)),
      ...[said, todo]
        .filter((note) => note !== '')
        .flatMap((note) => wrap(oneLine(note), look.width - 4).map((line) => `    ${line}`)),
    ])
    .join('\n')
}

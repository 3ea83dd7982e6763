/** `worktrain send NAME TEXT…`. */
import type { Context } from '../context.ts'
import { sent } from '../../terminal/outcome.ts'
import { textOf } from '../input.ts'
import { sessionRef } from '../names.ts'

export async function run(ctx: Context, [name, words]: [string, string[]]): Promise<void> {
  const text = await textOf(ctx, words)
  const client = await ctx.supervisor()
  const session = await client.call('send', { ...sessionRef(ctx, name), text })
  ctx.show<'send'>(session, sent)
}

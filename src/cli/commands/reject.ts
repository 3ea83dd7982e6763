/** `worktrain reject NAME REASON…`. */
import { rejectedSaid } from '../../terminal/review/decided.ts'
import type { Context } from '../context.ts'
import { textOf } from '../input.ts'
import { sessionRef } from '../names.ts'

export async function run(ctx: Context, [name, words]: [string, string[]]): Promise<void> {
  const reason = await textOf(ctx, words)
  const client = await ctx.supervisor()
  const done = await client.call('reject', { ...sessionRef(ctx, name), reason })
  ctx.show<'reject'>(done, rejectedSaid)
}

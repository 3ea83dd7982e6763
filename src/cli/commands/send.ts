/** `worktrain send NAME TEXT…`. */
import type { Context } from '../context.ts'
import { textOf } from '../input.ts'
import { sessionRef } from '../names.ts'

export async function run(ctx: Context, [name, words]: [string, string[]]): Promise<void> {
  const text = await textOf(ctx, words)
  const client = await ctx.supervisor()
  const session = await client.call('send', { ...sessionRef(ctx, name), text })
  ctx.show<'send'>(session, (s) =>
    s.activity.state === 'working'
      ? `${s.name} is working; it gets the prompt when it is idle`
      : `sent to ${s.name}`,
  )
}

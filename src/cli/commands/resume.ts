/** `worktrain resume NAME [TEXT…]`. */
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'

export async function run(ctx: Context, [name, words]: [string, string[]]): Promise<void> {
  const client = await ctx.supervisor()
  const text = words.join(' ')
  const session = await client.call('resume', { ...sessionRef(ctx, name), ...(text === '' ? {} : { text }) })
  ctx.show<'resume'>(
    session,
    (s) =>
      `${s.name} goes on${s.conversation ? ' with its conversation' : ''} (process ${s.process.generation})`,
  )
}

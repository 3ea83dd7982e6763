/** `worktrain diff NAME [PATH…]`. */
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'
import { markSeen } from '../seen.ts'
import { diffText } from '../../terminal/diff.ts'

export async function run(
  ctx: Context,
  [name, paths]: [string, string[]],
  options: { stat?: true; main?: true },
): Promise<void> {
  const client = await ctx.supervisor()
  const diff = await client.call('diff', {
    ...sessionRef(ctx, name),
    stat: options.stat ?? false,
    against: options.main ? 'main' : 'base',
    paths,
  })
  // A pipe gets the bytes as they are, so that the patch applies.
  ctx.show<'diff'>(diff, ({ text }) => (ctx.stdout.isTTY ? diffText(text, ctx.look.paint) : text))
  await markSeen(ctx, client, sessionRef(ctx, name), 'diff')
}

/** `worktrain peek NAME`. */
import type { Context } from '../context.ts'
import { renderScreen } from '../../terminal/host-screen.ts'
import { sessionRef } from '../names.ts'
import { markSeen } from '../seen.ts'

export async function run(ctx: Context, [name]: [string]): Promise<void> {
  const client = await ctx.supervisor()
  const screen = await client.call('screen', sessionRef(ctx, name))
  ctx.show<'screen'>(screen, (output, look) => renderScreen(output, look, ctx.now()))
  await markSeen(ctx, client, sessionRef(ctx, name), 'peek')
}

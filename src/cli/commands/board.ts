/** `worktrain board`, and `worktrain` alone. */
import type { Client } from '../../client/api.ts'
import { hostToken } from '../../platform/access.ts'
import type { Context } from '../context.ts'
import { canAsk } from '../input.ts'
import { openSupervisor } from '../context.ts'

export async function run(ctx: Context, _args: [], options: { all?: boolean }): Promise<void> {
  // Nobody sits there, or their terminal cannot be drawn on.
  if (!canAsk(ctx) || ctx.env.TERM === 'dumb') {
    const ls = await import('./ls.ts')
    return ls.run(ctx, [], {})
  }
  const { openBoard } = await import('../../tui/open.ts')
  const client: Client = await ctx.supervisor()
  await openBoard({
    client,
    start: async () => void (await openSupervisor(ctx, () => {})),
    repo: options.all === true ? null : ctx.root,
    hostToken: (id) => hostToken(ctx.paths.sessionState(id)),
    streams: ctx,
    now: ctx.now,
  })
}

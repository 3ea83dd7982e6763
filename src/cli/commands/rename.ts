/** `worktrain rename NAME TO`. */
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'

export async function run(ctx: Context, [name, to]: [string, string]): Promise<void> {
  const client = await ctx.supervisor()
  const session = await client.call('rename', { ...sessionRef(ctx, name), to })
  ctx.show<'rename'>(session, (s) => `now called ${s.name}; still on branch ${s.branch}`)
}

/** `worktrain restore NAME`. */
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'

export async function run(ctx: Context, [name]: [string]): Promise<void> {
  const client = await ctx.supervisor()
  const session = await client.call('restore', sessionRef(ctx, name))
  ctx.show<'restore'>(session, (s) =>
    [
      `restored ${s.name}: branch ${s.branch}, workspace ${s.workspace.path}`,
      `go on with: worktrain resume ${s.name}`,
    ].join('\n'),
  )
}

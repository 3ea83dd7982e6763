/** `worktrain pin NAME…`. */
import type { SessionView } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'
import { oneLine } from '../../terminal/text.ts'

export async function run(ctx: Context, [names]: [string[]], options: { clear?: true }): Promise<void> {
  const client = await ctx.supervisor()
  const pinned = options.clear !== true
  const sessions: SessionView[] = []
  for (const name of names) sessions.push(await client.call('pin', { ...sessionRef(ctx, name), pinned }))
  if (ctx.json) return ctx.say(JSON.stringify(names.length === 1 ? sessions[0] : sessions, null, 2))
  for (const { name } of sessions) ctx.say(`${oneLine(name)} is ${pinned ? 'pinned' : 'no longer pinned'}`)
}

/** `worktrain stop NAME… [--turn]`. */
import type { SessionView } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'

export async function run(ctx: Context, [names]: [string[]], options: { turn?: true }): Promise<void> {
  const client = await ctx.supervisor()
  const stopped: SessionView[] = []
  for (const name of names) {
    const session = await client.call(options.turn ? 'interrupt' : 'stop', sessionRef(ctx, name))
    stopped.push(session)
    if (!ctx.json) ctx.say(options.turn ? `${session.name}: turn interrupted` : renderStopped(session))
  }
  if (ctx.json) ctx.say(JSON.stringify(names.length === 1 ? stopped[0] : stopped, null, 2))
}

export function renderStopped(s: SessionView): string {
  const kept =
    s.lastSnapshot === null ? 'nothing had been done yet' : `work is kept in snapshot ${s.lastSnapshot.n}`
  return `${s.name} stopped; ${kept}; go on with: worktrain resume ${s.name}`
}

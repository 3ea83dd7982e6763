/** `worktrain land NAME…`. */
import type { ChangeView } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import { exitCodeOf, failureText } from '../failure.ts'
import { sessionRef } from '../names.ts'
import { oneLine, short } from '../text.ts'

/** One that is refused does not keep the others from the train; --json then prints what got on. */
export async function run(ctx: Context, [names]: [string[]]): Promise<number> {
  const client = await ctx.supervisor()
  const landed: ChangeView[] = []
  let worst = 0
  for (const name of names) {
    try {
      const change = await client.call('land', sessionRef(ctx, name))
      landed.push(change)
      if (!ctx.json) ctx.say(renderQueued(change))
    } catch (error) {
      if (names.length === 1) throw error
      ctx.stderr.write(`${failureText(error, ctx.look)}\n`)
      worst = Math.max(worst, exitCodeOf(error))
    }
  }
  if (ctx.json) ctx.say(JSON.stringify(names.length === 1 ? landed[0] : landed, null, 2))
  return worst
}

export function renderQueued(change: ChangeView): string {
  const place = change.position === null ? change.state : `place ${change.position}`
  return `${change.name} is on the train to ${change.target} at ${short(change.head)}: ${place}${change.why ? `, ${oneLine(change.why)}` : ''}`
}

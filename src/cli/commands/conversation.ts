/** `worktrain conversation NAME`. */
import type { Context } from '../context.ts'
import { wholeNumber } from '../input.ts'
import { sessionRef } from '../names.ts'
import { renderConversation } from '../../terminal/conversation.ts'

export async function run(ctx: Context, [name]: [string], options: { last?: string }): Promise<void> {
  const limit = options.last === undefined ? {} : { limit: wholeNumber('--last', options.last) }
  const client = await ctx.supervisor()
  const said = await client.call('conversation', { ...sessionRef(ctx, name), ...limit })
  ctx.show<'conversation'>(said, (output, look) => renderConversation(output, look, ctx.now()))
}

/** `worktrain next`. */
import type { Client } from '../../client/api.ts'
import type { AttentionView } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import { canAsk } from '../input.ts'
import { detailsOf } from '../../terminal/details.ts'
import { commands, type Details, NO_DETAILS, page } from '../../terminal/item.ts'
import { round } from '../next/round.ts'
import { count } from '../../terminal/text.ts'

/** Something waits, and nobody is here to settle it. */
const WAITS = 4

export async function run(
  ctx: Context,
  _args: [],
  options: { all?: boolean; stay?: boolean },
): Promise<number> {
  const client = await ctx.supervisor()
  const repo = options.all === true || ctx.root === null ? null : ctx.directory
  if (!canAsk(ctx)) return printed(ctx, client, repo)
  await round(ctx, client, repo, options.stay === true)
  return 0
}

async function printed(ctx: Context, client: Client, repo: string | null): Promise<number> {
  const view = await client.call('attention', { repo })
  const [first] = view.items
  const details = first && !ctx.json ? await detailsOf(client, first) : NO_DETAILS
  ctx.show<'attention'>(view, (output, look) => renderNext(output, details, look, ctx.now()))
  return first === undefined ? 0 : WAITS
}

/** The first item with its command lines, and how many wait behind it. */
export function renderNext(
  { items, places }: AttentionView,
  details: Details,
  look: Context['look'],
  now: number,
): string {
  const [first, ...rest] = items
  if (first === undefined) return 'nothing waits for you'
  const more = rest.length > 0 ? ['', `${count(rest.length, 'item')} behind it`] : []
  return [
    ...page(first, places[0] ?? '', details, look, now),
    '',
    ...commands(first.actions, look),
    ...more,
  ].join('\n')
}

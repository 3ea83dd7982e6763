/** `worktrain next`. */
import type { Client } from '../../client/api.ts'
import type { AttentionView } from '../../protocol/api.ts'
import { waitsAs } from '../../protocol/attention.ts'
import { shellQuoted } from '../../protocol/shell-quote.ts'
import type { Context } from '../context.ts'
import { canAsk } from '../input.ts'
import { detailsOf } from '../../terminal/details.ts'
import { commands, type Details, NO_DETAILS, page } from '../../terminal/item.ts'
import { leaving } from '../next/leave.ts'
import { round } from '../next/round.ts'
import { count, oneLine } from '../../terminal/text.ts'

/** Something waits, and nobody is here to settle it. */
const WAITS = 4

export async function run(
  ctx: Context,
  _args: [],
  options: { all?: boolean; stay?: boolean; leave?: string },
): Promise<number> {
  const client = await ctx.supervisor()
  const repo = options.all === true || ctx.root === null ? null : ctx.directory
  if (options.leave !== undefined) return left(ctx, client, options.leave)
  if (!canAsk(ctx)) return printed(ctx, client, repo, options.all === true ? ctx.root : null)
  await round(ctx, client, repo, options.stay === true)
  return 0
}

async function left(ctx: Context, client: Client, id: string): Promise<number> {
  const { items } = await client.call('attention', { repo: null })
  const { item, call } = leaving(items, id)
  const session = await client.call(call.call, call.input)
  ctx.show<'dismiss'>(session, ({ name }) => `${oneLine(name)} is left so: ${oneLine(waitsAs(item))}`)
  return 0
}

async function printed(
  ctx: Context,
  client: Client,
  repo: string | null,
  here: string | null,
): Promise<number> {
  const view = await client.call('attention', { repo })
  const [first] = view.items
  const details = first && !ctx.json ? await detailsOf(client, first) : NO_DETAILS
  ctx.show<'attention'>(view, (output, look) => renderNext(output, details, look, ctx.now(), here))
  return first === undefined ? 0 : WAITS
}

/**
 * The first item with its command lines, and how many wait behind it.
 * @param here the checkout in which names mean its own sessions; null: those of all repositories
 */
export function renderNext(
  { items, places }: AttentionView,
  details: Details,
  look: Context['look'],
  now: number,
  here: string | null = null,
): string {
  const [first, ...rest] = items
  if (first === undefined) return 'nothing waits for you'
  const { root } = first.repository
  const there = here === null || here === root ? [] : ['  # in its repository', `  cd ${shellQuoted(root)}`]
  const more = rest.length > 0 ? ['', `${count(rest.length, 'item')} behind it`] : []
  return [
    ...page(first, places[0] ?? '', details, look, now),
    '',
    ...there,
    ...commands(first.actions, look),
    ...more,
  ].join('\n')
}

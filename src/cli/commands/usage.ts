/** `worktrain usage [--by session|model|day] [--since DAY]`. */
import type { Outputs } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { age, columns, oneLine, truncate } from '../../terminal/text.ts'

type View = Outputs['usage']

/** Columns of a label: what it cost has to be in sight in 80. */
const LABEL_MOST = 24

export async function run(
  ctx: Context,
  _args: [],
  options: { by?: View['by']; since?: string; all?: true },
): Promise<void> {
  const client = await ctx.supervisor()
  const usage = await client.call('usage', {
    repo: options.all || ctx.root === null ? null : ctx.directory,
    by: options.by ?? 'session',
    since: options.since === undefined ? null : dayOf(options.since, ctx.now()),
  })
  ctx.show<'usage'>(usage, (view, look) => renderUsage(view, look, ctx.now()))
}

/**
 * A day as it is, or so many days up to today: `7d`.
 * @throws USAGE
 */
export function dayOf(text: string, now: number): string {
  const days = /^(\d{1,4})d$/.exec(text)
  const at = new Date(days ? now : `${text}T00:00:00`)
  if (days) at.setDate(at.getDate() - Number(days[1]) + 1)
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  if (!days && day !== text)
    throw new WorktrainError('USAGE', `--since takes a day or a number of days, not "${oneLine(text)}".`, {
      hint: 'Such as 2026-11-20, or 7d.',
    })
  return day
}

export function renderUsage(view: View, { paint, width }: Look, now: number): string {
  const head = [view.by, 'cost', 'input', 'output', 'cache read', 'cache write', 'requests', 'read', '']
  const rows = view.rows.map((row) => [
    truncate(oneLine(row.label), LABEL_MOST) || 'not dated',
    row.cost === null ? '' : dollars(row.cost.usd),
    ...figures(row),
    ago(now - row.at),
    row.cost === null ? '' : `cost by its ${row.cost.source}, ${ago(now - row.cost.at)}`,
  ])
  const { total } = view
  const cost = total.costUsd === null ? '' : dollars(total.costUsd)
  const [first = '', ...table] = columns([head, ...rows, ['total', cost, ...figures(total), '', '']])
  const since = view.since === null ? '' : ` since ${view.since}`
  return [
    ...(view.rows.length === 0
      ? [`no agent has reported anything${since}`]
      : [paint('dim', first), ...table].map((row) => truncate(row, width))),
    ...view.windows.map((window) => windowLine(window, now)),
    ...(view.undated > 0 ? [`${view.undated} tokens are not dated, and not in this`] : []),
    ...(view.unreported.length > 0
      ? [truncate(`their agent reports nothing: ${view.unreported.map(oneLine).join(', ')}`, width)]
      : []),
  ].join('\n')
}

function windowLine(window: View['windows'][number], now: number): string {
  const { name, usedPercent, resetsAt } = window
  const used = window.over
    ? 'began anew since; how much is used is unknown'
    : `${Math.round(usedPercent)}% used${resetsAt === null ? '' : `, begins anew in ${age(resetsAt - now)}`}`
  const source = `${window.source} of ${oneLine(window.session)}, ${ago(now - window.at)}`
  return `${oneLine(window.agent)} ${name.replaceAll('_', ' ')}: ${used} (${source})`
}

function figures(row: View['total'] | View['rows'][number]): string[] {
  return [row.input, row.output, row.cacheRead, row.cacheWrite, row.requests].map(String)
}

function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`
}

function ago(ms: number): string {
  const since = age(ms)
  return since === 'now' ? since : `${since} ago`
}

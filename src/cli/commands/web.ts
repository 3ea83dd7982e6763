/** `worktrain web [--list|--revoke ID|--stop]`. */
import type { Outputs, WebView } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { wholeNumber } from '../input.ts'
import { age, columns, count, oneLine } from '../../terminal/text.ts'

export async function run(
  ctx: Context,
  _args: [],
  options: { port?: string; list?: true; revoke?: string; stop?: true },
): Promise<void> {
  const { port, list, revoke, stop } = options
  if ([port, list, revoke, stop].filter((each) => each !== undefined).length > 1)
    throw new WorktrainError('USAGE', 'One of --port, --list, --revoke and --stop at a time.')
  const client = await ctx.supervisor()
  const show = (view: WebView) => ctx.show<'webStatus'>(view, (one) => renderWeb(one, ctx.now()))
  if (list) return show(await client.call('webStatus', {}))
  if (revoke !== undefined)
    return show(await client.call('webRevoke', { id: revoke === 'all' ? null : revoke }))
  if (stop) return show(await client.call('webClose', {}))
  const opened = await client.call('webOpen', {
    repo: ctx.root === null ? null : ctx.directory,
    ...(port === undefined ? {} : { port: wholeNumber('--port', port) }),
  })
  ctx.show<'webOpen'>(opened, (one, look) => renderOpened(one, look, ctx.now()))
}

export function renderOpened(opened: Outputs['webOpen'], { paint }: Look, now: number): string {
  return [
    ...opened.notes.map((note) => paint('yellow', note)),
    paint('bold', opened.url),
    paint('dim', `good for one browser, for ${age(opened.expiresAt - now)}; served on this machine alone`),
  ].join('\n')
}

export function renderWeb({ url, access }: WebView, now: number): string {
  const head = url === null ? 'not served; `worktrain web` serves it' : `served at ${url}`
  if (access.length === 0) return `${head}\nno browser has access`
  const rows = access.map(({ id, label, grantedAt, seenAt, connections }) => [
    id,
    connections > 0
      ? count(connections, 'connection')
      : seenAt === null
        ? ''
        : `seen ${age(now - seenAt)} ago`,
    `since ${age(now - grantedAt)}`,
    oneLine(label),
  ])
  return [head, ...columns(rows)].join('\n')
}

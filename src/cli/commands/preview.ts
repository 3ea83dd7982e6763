/** `worktrain preview NAME`. */
import type { PreviewView, ServerView } from '../../protocol/api.ts'
import { shellQuoted } from '../../protocol/shell-quote.ts'
import type { Look } from '../../terminal/look.ts'
import { ago, columns, count, oneLine } from '../../terminal/text.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'

export async function run(ctx: Context, [name]: [string]): Promise<void> {
  const client = await ctx.supervisor()
  const view = await client.call('preview', sessionRef(ctx, name))
  ctx.show<'preview'>(view, (one, look) => renderPreview(one, look, ctx.now()))
}

export function renderPreview(view: PreviewView, { paint }: Look, now: number): string {
  const { session, at, ended, servers, omitted, unseen } = view
  const name = shellQuoted(oneLine(session.name))
  if (ended !== null)
    return [
      oneLine(ended),
      `its work in your own checkout, to run it there: worktrain spotlight ${name}`,
    ].join('\n')
  const seen = `seen from outside its cell, ${ago(now - at)}`
  const head =
    servers.length === 0
      ? `no program of ${oneLine(session.name)} listens on a port (${seen})`
      : `${oneLine(session.name)} listens on ${count(servers.length + omitted, 'port')} (${seen})`
  return [
    head,
    ...columns(servers.map((server) => rowOf(server, now))),
    ...servers.flatMap(warningsOf).map((line) => paint('yellow', line)),
    ...(omitted > 0 ? [`${omitted} more are not shown`] : []),
    ...(unseen > 0
      ? [paint('yellow', `there may be more: processes of it that could not be looked at: ${unseen}`)]
      : []),
  ].join('\n')
}

function rowOf({ url, port, program, command, since, pid }: ServerView, now: number): string[] {
  return [
    `  ${url ?? `port ${port}`}`,
    oneLine(program) || `pid ${pid}`,
    since === null ? '' : `started ${ago(now - since)}`,
    oneLine(command),
  ]
}

function warningsOf({ port, addresses, exposed, url }: ServerView): string[] {
  return [
    ...(exposed
      ? [`port ${port} is open at ${addresses.join(' and ')}: the network reaches it, not this machine alone`]
      : []),
    ...(url === null
      ? [`port ${port}: another program listens there as well; which of them answers is not certain`]
      : []),
  ]
}

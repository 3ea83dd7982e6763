/** `worktrain approvals [NAME]`. */
import type { Approvals } from '../../protocol/session.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { age, columns, oneLine, truncate } from '../../terminal/text.ts'

export async function run(
  ctx: Context,
  [name]: [string | undefined],
  { accept = [], forget = [] }: { accept?: string[]; forget?: string[] },
): Promise<void> {
  const client = await ctx.supervisor()
  const repo = ctx.directory
  const output = await client.call('approvals', { repo, name: name ?? null, accept, forget })
  ctx.show<'approvals'>(output, (shown, look) => renderApprovals(shown, look, ctx.now()))
}

export function renderApprovals({ kept, offered }: Approvals, look: Look, now: number): string {
  const indented = (rows: string[][]) => columns(rows).map((row) => truncate(`  ${row}`, look.width))
  const said = [look.paint('bold', kept.length > 0 ? 'allowed here' : 'nothing is allowed for good here')]
  said.push(
    ...indented(
      kept.map(({ rule, agent, session, how, at }) => [
        oneLine(rule),
        oneLine(`${agent}, ${how} in ${session} ${age(now - at)} ago`),
      ]),
    ),
  )
  if (offered.length === 0) return said.join('\n')
  return [
    ...said,
    '',
    look.paint('bold', 'left by sessions, not kept'),
    ...indented(offered.map(({ rule, agent, session }) => [oneLine(rule), oneLine(`${agent}, ${session}`)])),
    'keep one: worktrain approvals --accept RULE',
  ].join('\n')
}

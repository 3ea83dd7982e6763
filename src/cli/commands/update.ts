/** `worktrain update NAME`. */
import type { Outputs } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'
import { oneLine } from '../../terminal/text.ts'

export async function run(ctx: Context, [name]: [string], options: { rebase?: boolean }): Promise<number> {
  const client = await ctx.supervisor()
  const updated = await client.call('update', { ...sessionRef(ctx, name), rebase: options.rebase ?? false })
  ctx.show<'update'>(updated, renderUpdate)
  return updated.result === 'conflict' ? 4 : 0
}

export function renderUpdate({ session, result, files }: Outputs['update']): string {
  if (result === 'current') return `${session.name} has everything of main already`
  if (result === 'rebased') return `${session.branch} stands on top of main now: its commits have new ids`
  if (result === 'merged') return `main is merged into ${session.branch}`
  const conflicts = files.map((file) => `  ${oneLine(file)}`)
  const mends = session.attention.find(({ kind }) => kind === 'conflict' || kind === 'ejected')
  return [
    `${session.branch} conflicts with main in:`,
    ...conflicts,
    `nothing was changed${mends ? `; have it solved: ${oneLine(mends.action)}` : ''}`,
  ].join('\n')
}

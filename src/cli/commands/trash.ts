/** `worktrain trash`. */
import type { SessionView } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { age, columns, count, oneLine, truncate } from '../../terminal/text.ts'

export async function run(ctx: Context): Promise<void> {
  const client = await ctx.supervisor()
  const trash = await client.call('trash', { repo: ctx.root === null ? null : ctx.directory })
  ctx.show<'trash'>(trash, (sessions, look) => renderTrash(sessions, look, ctx.now()))
}

export function renderTrash(sessions: SessionView[], look: Look, now: number): string {
  if (sessions.length === 0) return 'the trash is empty'
  const rows = columns(
    sessions.map((s) => [
      oneLine(s.name),
      s.trashedUntil === null ? '' : `kept ${age(s.trashedUntil - now)}`,
      s.stage,
      oneLine(s.goal),
    ]),
  )
  return [
    `${count(sessions.length, 'session')} in the trash; worktrain restore NAME brings one back`,
    ...rows.map((row) => truncate(`  ${row}`, look.width)),
  ].join('\n')
}

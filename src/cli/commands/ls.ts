/** `worktrain ls`. */
import { running } from '../running.ts'
import { groupOf, renderSessions } from '../../terminal/sessions-table.ts'
import type { Context } from '../context.ts'
import type { ChangeView } from '../../protocol/api.ts'

export async function run(ctx: Context, _args: [], options: { all?: true; names?: true }): Promise<void> {
  const repo = ctx.root === null ? null : ctx.directory
  if (options.names) return names(ctx, repo)
  const client = await ctx.supervisor()
  const sessions = await client.call('sessions', { repo, all: options.all ?? false })
  const riding = sessions.some((s) => groupOf(s) === 'on the train')
  const changes: ChangeView[] =
    riding && repo !== null && !ctx.json ? (await client.call('train', { repo })).changes : []
  ctx.show<'sessions'>(sessions, (output, look) => renderSessions(output, changes, look))
}

/** Pressing Tab must not start anything. */
async function names(ctx: Context, repo: string | null): Promise<void> {
  const sessions = await running(ctx, 'completion').call('sessions', { repo, all: false })
  ctx.show<'sessions'>(sessions, (output) => output.map(({ name }) => name).join('\n'))
}

/** `worktrain allow NAME PATH|GLOB…`. */
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'
import { oneLine } from '../../terminal/text.ts'

export async function run(ctx: Context, [name, globs]: [string, string[]]): Promise<void> {
  const client = await ctx.supervisor()
  const session = await client.call('allow', { ...sessionRef(ctx, name), globs })
  ctx.show<'allow'>(session, (s) =>
    s.owns.length === 0
      ? `${s.name} owns no paths in particular: it may write all of its workspace but the paths set aside; ${oneLine(globs.join(', '))} is no longer among these`
      : `${s.name} may write ${oneLine([...s.owns, ...s.granted].join(', '))}`,
  )
}

/** `worktrain grant NAME start|land [--revoke]`. */
import type { Grant } from '../../protocol/api.ts'
import { oneLine } from '../../terminal/text.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'

export async function run(
  ctx: Context,
  [name, what]: [string, Grant],
  options: { revoke?: true },
): Promise<void> {
  const client = await ctx.supervisor()
  const granted = await client.call('grant', {
    ...sessionRef(ctx, name),
    what,
    revoke: options.revoke ?? false,
  })
  ctx.show<'grant'>(granted, ({ name: full, grants }) =>
    grants.length === 0
      ? `${oneLine(full)} may do nothing to other sessions`
      : `${oneLine(full)} may ${grants.join(' and ')} sessions`,
  )
}

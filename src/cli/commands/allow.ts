/** `worktrain allow NAME PATH|GLOB…`. */
import type { SessionView } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'
import { oneLine } from '../../terminal/text.ts'

export async function run(ctx: Context, [name, globs]: [string, string[]]): Promise<void> {
  const client = await ctx.supervisor()
  const session = await client.call('allow', { ...sessionRef(ctx, name), globs })
  ctx.show<'allow'>(session, (s) => renderAllowed(s, globs))
}

/** What it may write from now on. @param globs what was just allowed, as it was typed */
export function renderAllowed(
  { name, owns, avoids, granted }: Pick<SessionView, 'name' | 'owns' | 'avoids' | 'granted'>,
  globs: readonly string[],
): string {
  if (owns.length > 0) return `${name} may write ${listed([...owns, ...granted])}`
  if (avoids.length === 0)
    return `${name} may write all of its workspace: nothing is set aside from it, so ${listed(globs)} changes nothing`
  return `${name} may write all of its workspace, ${listed(avoids)} only where you allowed it: ${listed(granted)}`
}

const listed = (globs: readonly string[]): string => oneLine(globs.join(', '))

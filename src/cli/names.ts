/** Which session of which repository a command means. */
import type { Context } from './context.ts'

/** Outside a work tree a name is looked for in every repository. */
export function sessionRef(ctx: Context, name: string): { repo: string | null; name: string } {
  return { repo: ctx.root === null ? null : ctx.directory, name }
}

/** `worktrain mcp`: tools for the agent of a session, over standard input and output. */
import { TOKEN_VARIABLE } from '../../client/access.ts'
import { createClient } from '../../client/api.ts'
import { DOOR_VARIABLE } from '../../platform/access.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'

export async function run(ctx: Context): Promise<void> {
  const { [TOKEN_VARIABLE]: token, [DOOR_VARIABLE]: socketPath } = ctx.env
  // The person's own token must not come into the hands of an agent.
  if (!token || !socketPath)
    throw new WorktrainError(
      'UNAVAILABLE',
      'These tools are for the agent of a session: there is none here.',
      {
        hint: 'Tell the agent of the command, and it runs in each session: see `worktrain mcp --help`.',
      },
    )
  const { serveTools } = await import('../mcp/serve.ts')
  await serveTools(createClient({ socketPath, token: () => token, via: 'mcp' }), ctx.stdin, ctx.stdout)
}

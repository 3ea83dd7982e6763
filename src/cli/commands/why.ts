/** `worktrain why NAME|COMMIT`. */
import type { Client } from '../../client/api.ts'
import type { CommitView, WhyView } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'
import { renderWhy } from '../../terminal/why.ts'
import { renderCommit } from '../why-commit.ts'

export async function run(ctx: Context, [name]: [string]): Promise<void> {
  const client = await ctx.supervisor()
  const why = await ofSession(ctx, client, name)
  if (why !== null) return ctx.show<'why'>(why, (output, look) => renderWhy(output, look, ctx.now()))
  const commit = await ofCommit(ctx, client, name)
  ctx.show<'whyCommit'>(commit, (output, look) => renderCommit(output, look, ctx.now()))
}

/** Null: it is no session's name, but may be a commit's. */
async function ofSession(ctx: Context, client: Client, name: string): Promise<WhyView | null> {
  try {
    return await client.call('why', sessionRef(ctx, name))
  } catch (error) {
    if (ctx.root === null || !(error instanceof WorktrainError) || error.code !== 'SESSION_UNKNOWN')
      throw error
    return null
  }
}

async function ofCommit(ctx: Context, client: Client, name: string): Promise<CommitView> {
  try {
    return await client.call('whyCommit', { repo: ctx.directory, commit: name })
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code !== 'BASE_UNKNOWN') throw error
    throw new WorktrainError('SESSION_UNKNOWN', `There is no session and no commit called "${name}" here.`, {
      hint: 'See `worktrain ls --all`, or `git log`.',
      cause: error,
    })
  }
}

/** `worktrain attach NAME`. */
import { attach } from '../../client/attach.ts'
import type { AttachEnd } from '../../client/attach.ts'
import { hostToken } from '../../platform/access.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'
import { markSeen } from '../seen.ts'
import { keepShowing } from '../../terminal/showing.ts'

export async function run(ctx: Context, [name]: [string]): Promise<number> {
  if (ctx.json)
    throw new WorktrainError('USAGE', 'A terminal cannot be JSON.', { hint: 'See `worktrain peek --json`.' })
  const client = await ctx.supervisor()
  const session = await client.call('session', sessionRef(ctx, name))
  if (session.hostSocket === null) {
    throw new WorktrainError(
      'SESSION_WRONG_STATE',
      `${session.name} has no terminal: its process is ${session.process.state}.`,
      {
        hint: `Go on with it: worktrain resume ${session.name}; what it printed: worktrain logs ${session.name}.`,
      },
    )
  }
  const token = hostToken(ctx.paths.sessionState(session.id))
  const showing = keepShowing(client, `cli-${process.pid}`)
  showing.of([], [session.id])
  const end = await attach({ socket: session.hostSocket, token, stdin: ctx.stdin, stdout: ctx.stdout })
  showing.close()
  await markSeen(ctx, client, sessionRef(ctx, name), 'attach')
  ctx.say(renderEnd(session.name, end))
  return end.how === 'lost' ? 1 : 0
}

export function renderEnd(name: string, end: AttachEnd): string {
  if (end.how === 'detached') return `left ${name}; it goes on. Back with: worktrain attach ${name}`
  if (end.how === 'lost') return `the host of ${name} went away. What is known: worktrain why ${name}`
  return `${name} ended${end.signal === null ? ` with exit ${end.code}` : ` by ${end.signal}`}. Go on with: worktrain resume ${name}`
}

/** `worktrain logs NAME`. */
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import { wholeNumber } from '../input.ts'
import { sessionRef } from '../names.ts'
import { plainTerminal } from '../../terminal/text.ts'

export async function run(
  ctx: Context,
  [name]: [string],
  options: { setup?: true; checks?: true; bytes?: string; raw?: true },
): Promise<void> {
  if (options.setup && options.checks)
    throw new WorktrainError('USAGE', 'Either --setup or --checks, not both.')
  const client = await ctx.supervisor()
  const what = options.setup ? 'setup' : options.checks ? 'checks' : 'terminal'
  const bytes = options.bytes === undefined ? {} : { bytes: wholeNumber('--bytes', options.bytes) }
  const logs = await client.call('logs', { ...sessionRef(ctx, name), what, ...bytes })
  if (logs.truncated && !ctx.json && ctx.stderr.isTTY)
    ctx.stderr.write(`worktrain: the end of ${logs.path}\n`)
  ctx.show<'logs'>(logs, ({ text }) => (options.raw ? text : plainTerminal(text)))
}

/** `worktrain completion bash|zsh|fish`. */
import { WorktrainError } from '../../protocol/errors.ts'
import { COMMANDS } from '../commands.ts'
import { completionFor } from '../completion.ts'
import type { Context } from '../context.ts'

export async function run(ctx: Context, [shell]: ['bash' | 'zsh' | 'fish']): Promise<void> {
  if (ctx.json) throw new WorktrainError('USAGE', 'A completion script cannot be JSON.')
  ctx.say(completionFor(shell, COMMANDS))
}

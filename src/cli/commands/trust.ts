/** `worktrain trust`. */
import type { Outputs } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { ask, canAsk } from '../input.ts'
import { lines } from '../../terminal/text.ts'

export async function run(ctx: Context, _args: [], options: { yes?: true }): Promise<void> {
  const client = await ctx.supervisor()
  const repo = ctx.directory
  const before = await client.call('trust', { repo, yes: false })
  if (before.trusted || before.commands.length === 0) {
    ctx.show<'trust'>(before, renderTrust)
    return
  }
  if (!options.yes) {
    if (!canAsk(ctx)) {
      throw new WorktrainError(
        'UNTRUSTED',
        `This repository's configuration runs commands that you have not trusted:\n${before.commands.join('\n')}`,
        {
          hint: 'Read them, then run `worktrain trust --yes`.',
          details: { ...before },
        },
      )
    }
    ctx.say(renderTrust(before, ctx.look))
    const answer = await ask(ctx, 'trust exactly these? [y/N] ')
    if (!/^y(es)?$/i.test(answer)) throw new WorktrainError('UNTRUSTED', 'Nothing was trusted.')
  }
  ctx.show<'trust'>(await client.call('trust', { repo, yes: true }), renderTrust)
}

export function renderTrust({ commands, trusted, hash }: Outputs['trust'], look: Look): string {
  if (commands.length === 0) return "this repository's configuration runs no commands: nothing to trust"
  const title = trusted ? `trusted (${hash.slice(0, 12)})` : look.paint('yellow', 'not trusted')
  return [
    `${title}; the configuration runs:`,
    ...commands.map((command) => `  ${lines(command).replaceAll('\n', '\n  ')}`),
  ].join('\n')
}

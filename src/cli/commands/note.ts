/** `worktrain note NAME [TEXT…]`. */
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'
import { lines } from '../../terminal/text.ts'

export async function run(
  ctx: Context,
  [name, words]: [string, string[]],
  options: { clear?: true },
): Promise<void> {
  const client = await ctx.supervisor()
  const ref = sessionRef(ctx, name)
  const note = words.join(' ')
  if (options.clear && note !== '') throw new WorktrainError('USAGE', 'Either a note or --clear, not both.')
  if (note === '' && !options.clear) {
    ctx.show<'session'>(await client.call('session', ref), ({ note: kept }) =>
      kept === '' ? 'no note' : lines(kept),
    )
    return
  }
  const session = await client.call('note', { ...ref, note })
  ctx.show<'note'>(session, (s) => (note === '' ? `note of ${s.name} taken away` : `noted on ${s.name}`))
}

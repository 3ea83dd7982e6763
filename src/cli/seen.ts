/** Tells the supervisor that the person has looked: then "done" becomes "idle". */
import type { Client } from '../client/api.ts'
import { WorktrainError } from '../protocol/errors.ts'
import type { Input } from '../protocol/api.ts'
import type { Context } from './context.ts'

/** What a program reads (`--json`) nobody has seen. That it could not be noted takes nothing from what was shown. */
export async function markSeen(
  ctx: Context,
  client: Client,
  ref: { repo: string | null; name: string },
  how: Input<'seen'>['how'],
): Promise<void> {
  if (ctx.json) return
  try {
    await client.call('seen', { ...ref, how })
  } catch (error) {
    if (!(error instanceof WorktrainError)) throw error
  }
}

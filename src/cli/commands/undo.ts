/** `worktrain undo [NAME|COMMIT]`. */
import type { ChangeView } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import { oneLine, short } from '../../terminal/text.ts'
import { LAND_EXIT, waitForLanding } from '../train-view/landing-wait.ts'
import { named } from '../../terminal/train/words.ts'

export async function run(
  ctx: Context,
  [what]: [string | undefined],
  options: { wait?: boolean },
): Promise<number> {
  const client = await ctx.supervisor()
  const undo = await client.call('undo', { repo: ctx.directory, what: what ?? null })
  if (options.wait !== true) {
    ctx.show<'undo'>(undo, renderUndo)
    return 0
  }
  if (!ctx.json) ctx.say(renderUndo(undo))
  const { outcomes, changes } = await waitForLanding(ctx, client, [undo])
  if (ctx.json) ctx.say(JSON.stringify(changes[0], null, 2))
  return Math.max(...outcomes.map((outcome) => LAND_EXIT[outcome]))
}

export function renderUndo(undo: ChangeView): string {
  const taken =
    undo.undoes === null ? '' : ` takes back ${named(undo.undoes.names)} (${short(undo.undoes.commit)}):`
  const place = undo.position === null ? undo.state : `place ${undo.position}`
  return `${oneLine(undo.name)}${taken} on the train to ${oneLine(undo.target)} at ${short(undo.head)}, ${place}; it lands when its checks pass`
}

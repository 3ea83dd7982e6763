/** `worktrain rm NAME…`. */
import type { Outputs } from '../../protocol/api.ts'
import type { Context, Look } from '../context.ts'
import { sessionRef } from '../names.ts'
import { oneLine, wrap } from '../text.ts'

/** The exit code of work that was protected (DESIGN: 3). */
const REFUSED = 3

export async function run(
  ctx: Context,
  [names]: [string[]],
  options: { discard?: true; dryRun?: true },
): Promise<number> {
  const client = await ctx.supervisor()
  const answers: Outputs['rm'][] = []
  for (const name of names) {
    const given = { discard: options.discard ?? false, dryRun: options.dryRun ?? false }
    const answer = await client.call('rm', { ...sessionRef(ctx, name), ...given })
    answers.push(answer)
    if (!ctx.json) ctx.say(renderRemoval(answer, ctx.look, given.dryRun))
  }
  if (ctx.json) ctx.say(JSON.stringify(names.length === 1 ? answers[0] : answers, null, 2))
  return options.dryRun || answers.every(({ removed }) => removed) ? 0 : REFUSED
}

export function renderRemoval(
  { session, removed, unsafe, unsaved }: Outputs['rm'],
  look: Look,
  dryRun: boolean,
): string {
  const name = session.name
  const discarded = unsaved.map(({ what }) => oneLine(what)).join(', ')
  if (removed) {
    const note = discarded === '' ? '' : ` with what is not in main (${discarded})`
    return `${name} is in the trash${note}; worktrain restore ${name} brings it back`
  }
  if (unsafe.length === 0 && unsaved.length === 0) {
    return dryRun ? `${name} can be removed: nothing would be lost` : `${name} was not removed`
  }
  const said = [
    look.paint('bold', dryRun ? `removing ${name} would lose:` : `${name} was not removed: it would lose`),
  ]
  for (const { what, detail, save } of unsaved) {
    said.push(...wrap(`${what}: ${detail}`, look.width - 2).map((line) => `  ${line}`))
    said.push(`    save it with: ${oneLine(save)}`)
  }
  for (const reason of unsafe)
    said.push(...wrap(`unsafe: ${reason}`, look.width - 2).map((line) => `  ${line}`))
  if (unsafe.length === 0)
    said.push(`or discard it knowingly, into the trash: worktrain rm ${name} --discard`)
  return said.join('\n')
}

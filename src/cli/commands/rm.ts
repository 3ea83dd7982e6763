/** `worktrain rm NAME…`. */
import type { Outputs } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import { type Look, lookOf } from '../../terminal/look.ts'
import { exitCodeOf, failureText } from '../failure.ts'
import { sessionRef } from '../names.ts'
import { oneLine, wrap } from '../../terminal/text.ts'

/** One that is refused does not keep the others; --json then prints every answer. */
export async function run(
  ctx: Context,
  [names]: [string[]],
  options: { discard?: true; dryRun?: true },
): Promise<number> {
  const client = await ctx.supervisor()
  const answers: Outputs['rm'][] = []
  const dryRun = options.dryRun ?? false
  let worst = 0
  for (const name of names) {
    try {
      const answer = await client.call('rm', {
        ...sessionRef(ctx, name),
        discard: options.discard ?? false,
        dryRun,
      })
      answers.push(answer)
      if (!answer.removed && !dryRun) throw refusal(answer, ctx.look)
      if (!ctx.json) ctx.say(renderRemoval(answer, ctx.look, dryRun))
    } catch (error) {
      if (names.length === 1) throw error
      ctx.stderr.write(`${failureText(error, ctx.look)}\n`)
      worst = Math.max(worst, exitCodeOf(error))
    }
  }
  if (ctx.json) ctx.say(JSON.stringify(names.length === 1 ? answers[0] : answers, null, 2))
  return worst
}

/** To a program, refusing is an error with a code like any other. */
export function refusal(answer: Outputs['rm'], look: Look): WorktrainError {
  const { unsafe, unsaved } = answer
  return new WorktrainError(
    unsafe.length > 0 ? 'REMOVAL_UNSAFE' : 'WORK_UNSAVED',
    renderRemoval(answer, { ...lookOf({}, {}), width: look.width }, false),
    {
      details: { name: answer.session.name, unsafe, unsaved },
    },
  )
}

export function renderRemoval(
  { session, removed, unsafe, unsaved, late }: Outputs['rm'],
  look: Look,
  dryRun: boolean,
): string {
  const name = session.name
  const discarded = unsaved.map(({ what }) => oneLine(what)).join(', ')
  if (removed) {
    // It never got a workspace: there is nothing to bring back.
    if (!session.workspace.made) return `${name} is removed; it had not been started`
    const note = discarded === '' ? '' : ` with what is not in main (${discarded})`
    const trashed = `${name} is in the trash${note}; worktrain restore ${name} brings it back`
    return [trashed, ...(late ?? []).flatMap((line) => wrap(`! ${oneLine(line)}`, look.width))].join('\n')
  }
  if (unsafe.length === 0 && unsaved.length === 0) {
    return dryRun ? `${name} can be removed: nothing would be lost` : `${name} was not removed`
  }
  const title = unsaved.length === 0 ? 'is not safe' : 'would lose'
  const said = [
    look.paint('bold', `${dryRun ? `removing ${name}` : `${name} was not removed: that`} ${title}`),
  ]
  for (const { what, detail, save } of unsaved) {
    said.push(...wrap(`${what}: ${detail}`, look.width - 2).map((line) => `  ${line}`))
    said.push(`    save it with: ${oneLine(save)}`)
  }
  for (const reason of unsafe)
    said.push(...wrap(`unsafe: ${reason}`, look.width - 2).map((line) => `  ${line}`))
  if (unsafe.length === 0 && dryRun)
    said.push(`to discard it knowingly, into the trash: worktrain rm ${name} --discard`)
  return said.join('\n')
}

/** `worktrain land NAME…`. */
import type { LandView } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import { exitCodeOf, failureText } from '../failure.ts'
import { sessionRef } from '../names.ts'
import { oneLine, short } from '../../terminal/text.ts'
import { priorityOf } from '../train-view/asked.ts'
import { LAND_EXIT, waitForLanding } from '../train-view/landing-wait.ts'

interface LandOptions {
  wait?: boolean
  resolveWith?: string
  priority?: string
  approved?: true
}

/**
 * One that is on the train already is told, or waited for, like one that was put there now. One that is
 * refused does not keep the others from the train; --json then prints what got on.
 */
export async function run(ctx: Context, [names]: [string[]], options: LandOptions): Promise<number> {
  const priority = options.priority === undefined ? null : priorityOf(options.priority)
  if (priority === 'first')
    throw new WorktrainError('USAGE', '`land --priority` takes a number.', {
      hint: 'Once it is on the train: worktrain train priority NAME first',
    })
  const client = await ctx.supervisor()
  const queued: LandView[] = []
  let worst = 0
  for (const name of names) {
    try {
      const change = await client.call('land', {
        ...sessionRef(ctx, name),
        ...(options.resolveWith === undefined ? {} : { resolveWith: options.resolveWith }),
        ...(priority === null ? {} : { priority }),
        approved: options.approved ?? false,
      })
      queued.push(change)
      if (!ctx.json) ctx.say(renderQueued(change))
    } catch (error) {
      if (names.length === 1) throw error
      ctx.stderr.write(`${failureText(error, ctx.look)}\n`)
      worst = Math.max(worst, exitCodeOf(error))
    }
  }
  let shown = queued
  if (options.wait === true && queued.length > 0) {
    const { outcomes, changes } = await waitForLanding(ctx, client, queued)
    shown = changes.map((change, at) => ({ ...change, already: queued[at]?.already === true }))
    worst = Math.max(worst, ...outcomes.map((outcome) => LAND_EXIT[outcome]))
  }
  if (ctx.json) ctx.say(JSON.stringify(names.length === 1 ? shown[0] : shown, null, 2))
  return worst
}

/** Its reason says where it is; where there is none, its place does. */
export function renderQueued(change: LandView): string {
  const place = change.position === null ? change.state : `place ${change.position}`
  const where = change.why === '' ? `: ${place}` : `. ${oneLine(change.why)}`
  // It left between two answers.
  if (change.already && change.position === null) return `${oneLine(change.name)} was on the train${where}`
  const already = change.already ? 'already ' : ''
  return `${oneLine(change.name)} is ${already}on the train to ${oneLine(change.target)} at ${short(change.head)}${where}`
}

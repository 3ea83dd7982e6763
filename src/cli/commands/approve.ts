/** `worktrain approve NAME`. */
import type { SessionView } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'
import { oneLine, short } from '../../terminal/text.ts'
import { LAND_EXIT, waitForLanding } from '../train-view/landing-wait.ts'
import { renderQueued } from './land.ts'

export async function run(
  ctx: Context,
  [name]: [string],
  options: { land?: true; now?: true; wait?: true },
): Promise<number> {
  const client = await ctx.supervisor()
  const done = await client.call('approve', {
    ...sessionRef(ctx, name),
    now: options.now ?? false,
    land: options.land ?? false,
  })
  const { change } = done
  ctx.show<'approve'>(done, ({ session, commit: pinned }) =>
    [
      `${session.name} is approved as it is in ${short(pinned)}`,
      change === null ? next(session) : renderQueued({ ...change, already: false }),
    ].join('\n'),
  )
  if (!options.wait || change === null) return 0
  const { outcomes } = await waitForLanding(ctx, client, [change])
  return Math.max(...outcomes.map((outcome) => LAND_EXIT[outcome]))
}

/** What comes next, unless something keeps it from landing: then what settles that. */
function next({ name, attention, process, activity }: SessionView): string {
  const land = `worktrain land ${name} --approved`
  const ready = attention.find(({ kind }) => kind === 'ready')
  const works = process.state === 'running' && activity.state === 'working'
  return ready === undefined || ready.action === land
    ? `${works ? 'it works on; once it rests, ' : ''}land it, and nothing else, with: ${land}`
    : `${oneLine(ready.why)}: ${oneLine(ready.action)}`
}

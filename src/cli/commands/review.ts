/** `worktrain review NAME [PATH…]`. */
import type { Client } from '../../client/api.ts'
import type { Against, ReviewView } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import { wholeNumber } from '../input.ts'
import { sessionRef } from '../names.ts'
import { renderReview, renderSnapshots } from '../../terminal/review/page.ts'

interface ReviewOptions {
  against?: Against
  turn?: string
  byTurn?: true
  snapshots?: true
  restore?: string
}

export async function run(
  ctx: Context,
  [name, paths]: [string, string[]],
  options: ReviewOptions,
): Promise<void> {
  const { against = 'base', turn, byTurn, snapshots, restore } = options
  const asked = [turn, byTurn, snapshots, restore].filter((each) => each !== undefined)
  if (asked.length > 1)
    throw new WorktrainError('USAGE', 'One of --turn, --by-turn, --snapshots and --restore, not several.')
  const client = await ctx.supervisor()
  const ref = sessionRef(ctx, name)
  if (snapshots) {
    ctx.show<'snapshots'>(await client.call('snapshots', ref), (all) => renderSnapshots(all, ctx.now()))
    return
  }
  if (restore !== undefined) {
    const snapshot = wholeNumber('--restore', restore)
    ctx.show<'snapshotRestore'>(
      await client.call('snapshotRestore', { ...ref, snapshot }),
      (done) =>
        `${done.session.name} is as in snapshot ${snapshot}; before, it was saved as snapshot ${done.before}: worktrain review ${done.session.name} --restore ${done.before}`,
    )
    return
  }
  if (byTurn) return showByTurn(ctx, client, ref, paths)
  const turns = turn === undefined ? null : turnsOf(turn)
  const view = await client.call('review', { ...ref, against, turns, paths })
  ctx.show<'review'>(view, (output, look) => renderReview(output, look, ctx.now()))
  if (turns === null && paths.length === 0 && !ctx.json) await lookedAt(client, ref, view)
}

/** `3`, or `2..5`. @throws USAGE */
function turnsOf(text: string): { first: number; last: number } {
  const [, first = '', last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(text) ?? []
  const turns = { first: Number(first), last: Number(last) }
  if (first !== '' && turns.first > 0 && turns.last >= turns.first) return turns
  throw new WorktrainError('USAGE', `--turn takes a turn such as 3, or turns such as 2..5, not "${text}".`)
}

async function showByTurn(
  ctx: Context,
  client: Client,
  ref: { repo: string | null; name: string },
  paths: string[],
): Promise<void> {
  const whole = await client.call('review', { ...ref, paths })
  const views: ReviewView[] = []
  for (const { n, snapshot } of whole.turns)
    if (snapshot !== null)
      views.push(await client.call('review', { ...ref, paths, turns: { first: n, last: n }, fresh: false }))
  if (ctx.json) return ctx.say(JSON.stringify(views, null, 2))
  ctx.say(
    views.length === 0
      ? 'nothing has been changed yet'
      : views.map((view) => renderReview(onlyItsTurn(view), ctx.look, ctx.now())).join('\n\n'),
  )
}

/** The whole handoff is not the business of one turn. */
function onlyItsTurn(view: ReviewView): ReviewView {
  const own = new Set(view.files.flatMap(({ turns }) => turns))
  return {
    ...view,
    turns: view.turns.filter(({ n }) => own.has(n)),
    uncommitted: [],
    handoff: null,
    differs: [],
    commands: [],
  }
}

/** Whoever is a session itself looks for nobody. */
async function lookedAt(
  client: Client,
  ref: { repo: string | null; name: string },
  { to }: ReviewView,
): Promise<void> {
  try {
    await client.call('reviewSeen', { ...ref, commit: to.commit })
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code !== 'SCOPE_EXCEEDED') throw error
  }
}

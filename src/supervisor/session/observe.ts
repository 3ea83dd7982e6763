/** Looks at what agents keep on disk: the only witness of an interrupt, and of a dialog no hook told of. */
import { agentFor } from '../../agents/index.ts'
import { pause } from '../../client/pause.ts'
import { allSessions, type Context, observeContext, sessionState, tell } from '../context.ts'
import type { Hosts } from './hosts.ts'
import type { Prompts } from './prompts.ts'
import { believesFile, leftIdle, offScreen } from './records.ts'
import type { Repositories } from '../repositories.ts'
import { countUsage } from './turns.ts'

/** Between two looks at a session that asks, ms: an answer in its terminal is seen by them. A look reads a small file. */
const LOOK_EVERY_MS = 500
/** All others are looked at every so many times. */
const OTHERS_EVERY = 2
/** An agent writes the last lines of a turn after it has said that the turn is over: so long they are looked for, ms. */
const LAST_LINES_MS = 10_000

interface Parts {
  repositories: Repositories
  hosts: Hosts
  prompts: Prompts
}

/** Looks at every live session until the supervisor leaves. */
export function startObserving(ctx: Context, parts: Parts): void {
  const { repositories } = parts
  const looking = new Set<string>()
  let looks = 0
  let asking = false
  const look = async () => {
    const all = looks++ % OTHERS_EVERY === 0
    if (!all && !asking) return
    const roots = await repositories.roots()
    const sessions = await allSessions(ctx)
    asking = sessions.some((s) => s.questions.length > 0)
    for (const s of sessions) {
      if (s.process.state !== 'running' || looking.has(s.id)) continue
      if (!all && s.questions.length === 0) continue
      looking.add(s.id)
      // Not awaited: a session that is held up keeps nobody from looking at the others.
      void ctx
        .inOrder(s.id, () => observe(ctx, parts, s.id, roots.get(s.repository) ?? ''))
        .catch((error: unknown) => ctx.log.error('observing failed', { session: s.id, error }))
        .finally(() => looking.delete(s.id))
    }
  }
  const loop = async () => {
    while (!ctx.stopping.aborted) {
      try {
        await look()
      } catch (error) {
        ctx.log.error('observing failed', { error })
      }
      await pause(LOOK_EVERY_MS, ctx.stopping)
    }
  }
  void loop()
}

async function observe(
  ctx: Context,
  { repositories, hosts, prompts }: Parts,
  id: string,
  root: string,
): Promise<void> {
  const s = await sessionState(ctx, id)
  if (s.process.state !== 'running') return
  if (s.activity.state === 'idle' && ctx.now() - s.activity.at < LAST_LINES_MS)
    await countUsage(ctx, root, id)
  const seen = await agentFor(s.brief.agent).observe(observeContext(ctx, root, s))
  if (!seen) return
  if (seen.conversation && seen.conversation.id !== s.conversation?.id) {
    await tell(ctx, id, 'conversation.changed', seen.conversation, { cause: 'file' })
  }
  const { activity } = seen
  if (!activity) return
  if (believesFile(s, activity)) {
    await tell(
      ctx,
      id,
      'activity.observed',
      { ...activity, background: activity.state === 'idle' ? 0 : s.background },
      { cause: 'file' },
    )
  }
  if (leftIdle(s, activity, ctx.now())) {
    const evidence = `${activity.evidence}, since before a prompt was given to it`
    await tell(
      ctx,
      id,
      'activity.observed',
      { ...activity, at: ctx.now(), evidence, background: 0 },
      { cause: 'file' },
    )
  }
  // A host that cannot close them would say so at each look.
  if (!hosts.isOutdated(id))
    for (const question of offScreen(s, activity, ctx.now()))
      await hosts.request(id, { op: 'close', question })
  // It may have been given more to do before it came to rest after a failure, or while a dialog stood open.
  if (activity.state === 'idle' && s.queue.length > 0)
    await prompts.deliver(await repositories.byId(s.repository), id)
}

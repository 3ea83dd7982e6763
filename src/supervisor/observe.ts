/** Looks at what agents keep on disk: the only witness of an interrupt, and of a dialog no hook told of. */
import { agentFor } from '../agents/index.ts'
import { isLive } from '../sessions/state.ts'
import { allSessions, type Context, observeContext, sessionState, tell } from './context.ts'
import { believesFile } from './records.ts'
import type { Repositories } from './repositories.ts'
import type { Prompts } from './prompts.ts'
import { countUsage } from './turns.ts'

/** Between two looks, ms. A look reads one small file a session. */
const LOOK_EVERY_MS = 1000

/** An agent writes the last lines of a turn after it has said that the turn is over: so long they are looked for, ms. */
const LAST_LINES_MS = 10_000

/** Looks at every live session until the supervisor leaves. */
export function startObserving(ctx: Context, repositories: Repositories, prompts: Prompts): void {
  const looking = new Set<string>()
  const look = async () => {
    const roots = await repositories.roots()
    for (const s of await allSessions(ctx)) {
      if (!isLive(s) || s.process.state !== 'running' || looking.has(s.id)) continue
      looking.add(s.id)
      // Not awaited: a session that is held up keeps nobody from looking at the others.
      void ctx
        .inOrder(s.id, () => observe(ctx, repositories, prompts, s.id, roots.get(s.repository) ?? ''))
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
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_EVERY_MS)
        ctx.stopping.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
      })
    }
  }
  void loop()
}

async function observe(
  ctx: Context,
  repositories: Repositories,
  prompts: Prompts,
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
  // It may have been given more to do before it came to rest after its failure.
  const failed = s.activity.state === 'failing' || s.activity.state === 'rate-limited'
  if (failed && seen.activity?.state === 'idle' && s.queue.length > 0)
    await prompts.deliver(await repositories.byId(s.repository), id)
  if (seen.activity && believesFile(s, seen.activity)) {
    await tell(
      ctx,
      id,
      'activity.observed',
      { ...seen.activity, background: seen.activity.state === 'idle' ? 0 : s.background },
      { cause: 'file' },
    )
    if (seen.activity.state === 'idle') await prompts.deliver(await repositories.byId(s.repository), id)
  }
}

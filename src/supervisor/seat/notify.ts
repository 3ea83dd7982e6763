/** Tells the person outside of any client that something waits: once for each item, several at once. */
import { setTimeout as delay } from 'node:timers/promises'
import type { AttentionView } from '../../protocol/attention.ts'
import type { ChannelView } from '../../protocol/api.ts'
import { toErrorBody } from '../../protocol/index.ts'
import { aboutOf, messageOf, newsOf } from '../../sessions/attention/news.ts'
import { notifyKeys } from '../config.ts'
import { type Context, self } from '../context.ts'
import { byCommand, onDesktop } from './channels.ts'
import type { Push } from './push.ts'
import type { Showing } from './showing.ts'

/** What comes within this is told together; what is settled within it is not told at all, ms. */
const GROUP_MS = 2000
/** A state that grows old makes no event, ms. */
const LOOK_EVERY_MS = 60_000
/** Ids of told items that are remembered; older ones have long been settled. */
const REMEMBERED = 2000

interface Parts {
  showing: Showing
  push: Pick<Push, 'views' | 'send'>
}

/** Begins to tell, until the supervisor leaves. Whatever fails in it is logged, and goes no further. */
export function startNotifying(ctx: Context, ask: () => Promise<AttentionView>, parts: Parts): void {
  let told: Set<string> | null = null
  let looking: Promise<void> | undefined
  let again = false
  const look = async (): Promise<void> => {
    do {
      again = false
      await delay(GROUP_MS, undefined, { ref: false, signal: ctx.stopping })
      // Events of one's own telling are no news: without something new nothing is journalled.
      told ??= await remembered(ctx)
      await tellNew(ctx, ask, told, parts)
    } while (again && !ctx.stopping.aborted)
  }
  const news = (): void => {
    again = true
    looking ??= look()
      .catch((error: unknown) => {
        if (!ctx.stopping.aborted) ctx.log.warn('notifying failed', { error: toErrorBody(error).message })
      })
      .finally(() => {
        looking = undefined
      })
  }
  ctx.journal.subscribe((events) => {
    if (events.some(({ type, aggregate }) => type !== 'attention.told' && aggregate !== 'push')) news()
  })
  setInterval(news, LOOK_EVERY_MS).unref()
  news()
}

async function tellNew(
  ctx: Context,
  ask: () => Promise<AttentionView>,
  told: Set<string>,
  { showing, push }: Parts,
): Promise<void> {
  const { desktop = false, command } = notifyKeys(ctx.paths.config)
  // Nobody wants to be told: what waits now is told by whoever is asked to later.
  const pushes = push.views().length > 0
  if (!desktop && command === undefined && !pushes) return
  const news = newsOf((await ask()).items, told, (item) => showing.shows(item, ctx.now()))
  if (news.told.length === 0) return
  // Before it is told: after a crash in between it is missed once rather than told at every start.
  await ctx.journal.append([
    {
      aggregate: 'supervisor',
      id: 'supervisor',
      type: 'attention.told',
      data: { items: news.told },
      actor: self,
      cause: 'attention',
    },
  ])
  for (const id of news.told) told.add(id)
  if (news.fresh.length === 0) return
  const message = messageOf(news.fresh)
  const logFailure = ({ channel, name, state, said }: ChannelView): void => {
    if (state === 'failed' && !ctx.stopping.aborted)
      ctx.log.warn('a notification failed', { channel, name, said })
  }
  await Promise.all([
    ...(desktop ? [onDesktop(ctx, message).then(logFailure)] : []),
    ...(command === undefined ? [] : [byCommand(ctx, command, message, news.fresh).then(logFailure)]),
    ...(pushes ? [push.send({ ...message, about: aboutOf(news.fresh) })] : []),
  ])
}

async function remembered(ctx: Context): Promise<Set<string>> {
  const events = await ctx.journal.read({ aggregate: 'supervisor', id: 'supervisor', limit: 100_000 })
  const items = events.flatMap((event) => (event.type === 'attention.told' ? event.data.items : []))
  return new Set(items.slice(-REMEMBERED))
}

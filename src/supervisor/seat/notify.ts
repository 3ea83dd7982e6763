/** Tells the person outside of any client that something waits: once for each item, several at once. */
import { setTimeout as delay } from 'node:timers/promises'
import type { AttentionItem, AttentionView } from '../../protocol/attention.ts'
import { findProgram } from '../../platform/find.ts'
import { run } from '../../platform/run.ts'
import { toErrorBody } from '../../protocol/index.ts'
import { type Message, aboutOf, messageOf, newsOf } from '../../sessions/attention/news.ts'
import { notifyKeys } from '../config.ts'
import { type Context, self } from '../context.ts'
import type { Push } from './push.ts'
import type { Showing } from './showing.ts'

/** What comes within this is told together; what is settled within it is not told at all, ms. */
const GROUP_MS = 2000
/** A state that grows old makes no event, ms. */
const LOOK_EVERY_MS = 60_000
/** A program that tells the person takes no longer, ms. */
const PROGRAM_MS = 15_000
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
  await Promise.all([
    ...(desktop ? [onDesktop(ctx, message)] : []),
    ...(command === undefined ? [] : [byCommand(ctx, command, message, news.fresh)]),
    ...(pushes ? [push.send({ ...message, about: aboutOf(news.fresh) })] : []),
  ])
}

async function remembered(ctx: Context): Promise<Set<string>> {
  const events = await ctx.journal.read({ aggregate: 'supervisor', id: 'supervisor', limit: 100_000 })
  const items = events.flatMap((event) => (event.type === 'attention.told' ? event.data.items : []))
  return new Set(items.slice(-REMEMBERED))
}

/** On macOS the words are arguments of the script, never a part of it. */
const APPLE_SCRIPT = [
  ...['-e', 'on run argv', '-e', 'display notification (item 2 of argv) with title (item 1 of argv)'],
  ...['-e', 'end run'],
]

async function onDesktop(ctx: Context, { title, body }: Message): Promise<void> {
  const path = ctx.env.PATH ?? ''
  const send = findProgram('notify-send', path)
  const script = send === null ? findProgram('osascript', path) : null
  if (send !== null) await program(ctx, send, ['--app-name=Worktrain', '--', title, body])
  else if (script !== null) await program(ctx, script, [...APPLE_SCRIPT, title, body])
  else ctx.log.warn('there is no notify-send and no osascript to notify by')
}

/** The person's own words are the command; everything else comes by standard input and the environment. */
async function byCommand(
  ctx: Context,
  command: string,
  message: Message,
  items: readonly AttentionItem[],
): Promise<void> {
  const env = { ...ctx.env, WORKTRAIN_TITLE: message.title, WORKTRAIN_BODY: message.body }
  const input = `${JSON.stringify({ ...message, items })}\n`
  await program(ctx, '/bin/sh', ['-c', command], { env, input })
}

async function program(
  ctx: Context,
  path: string,
  args: string[],
  options: { env?: Context['env']; input?: string } = {},
): Promise<void> {
  try {
    const { env = ctx.env, ...more } = options
    const result = await run(path, args, {
      ...more,
      env,
      timeoutMs: PROGRAM_MS,
      maxBytes: 4096,
      signal: ctx.stopping,
    })
    if (result.code !== 0 && !ctx.stopping.aborted)
      ctx.log.warn('a notification failed', {
        program: path,
        code: result.code,
        stderr: result.stderr.slice(-500),
      })
  } catch (error) {
    ctx.log.warn('a notification could not be started', { program: path, error: toErrorBody(error).message })
  }
}

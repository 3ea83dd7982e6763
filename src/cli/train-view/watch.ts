/** `worktrain train --watch`: redrawn in place at a terminal, a line for every change elsewhere. */
import type { Client } from '../../client/api.ts'
import { eventsAfter, isAway, steadily } from '../../client/steady.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Recorded } from '../../protocol/events.ts'
import type { Context } from '../context.ts'
import { truncate } from '../../terminal/text.ts'
import { differences } from './differences.ts'
import { type Leaving, leaving } from '../../terminal/leaving.ts'
import { page, type Seen } from './page.ts'
import { renderTrain } from '../../terminal/train/render.ts'
import { openScreen } from '../../terminal/screen.ts'

/** How often times and the output of a check are brought up to date, ms. Everything else comes by event. */
const TICK_MS = 1000
/** How much of a log is read for its last lines, bytes. */
const OUTPUT_BYTES = 8192
/** q, Ctrl-C, Ctrl-D. */
const LEAVES = /[qQ\u0003\u0004]/
/** Of these aggregates is what the train shows. */
const OF_THE_TRAIN: readonly Recorded['aggregate'][] = ['change', 'build', 'train', 'repository']

export async function watchTrain(ctx: Context, client: Client): Promise<void> {
  const left = leaving()
  try {
    await (ctx.stdout.isTTY && !ctx.json ? redrawn(ctx, client, left) : told(ctx, client, left))
  } finally {
    left.stop()
  }
}

async function redrawn(ctx: Context, client: Client, left: Leaving): Promise<void> {
  const after = await headOf(client)
  const look = async (): Promise<Seen> => {
    const train = await client.call('train', { repo: ctx.directory, asks: true })
    return { train, at: ctx.now(), log: await outputOf(ctx, client, train), away: null }
  }
  let seen = await look()
  const typed = (bytes: Buffer): void => void (LEAVES.test(bytes.toString()) && left.leave())
  const screen = openScreen(ctx, { input: typed, resize: () => draw() })
  const draw = (): void => screen.draw(page(seen, screen.look(), ctx.now(), screen.rows()))
  let stale = false
  let failed: { error: unknown } | null = null
  const refresh = async (): Promise<void> => {
    try {
      if (stale) {
        stale = false
        seen = await look()
      } else if (running(seen)) seen = { ...seen, log: await outputOf(ctx, client, seen.train) }
      // Nobody would be told otherwise that the supervisor went away.
      else await client.call('status', {})
    } catch (error) {
      if (!isAway(error)) {
        failed = { error }
        return left.leave()
      }
      stale = true
      seen = { ...seen, away: 'The supervisor is not there; any worktrain command starts it' }
    }
    draw()
  }
  // One look at a time, however many events there are: the next one sees what the others told.
  let looking: Promise<void> | undefined
  const news = (): void => {
    looking ??= refresh().finally(() => {
      looking = undefined
      if (stale && seen.away === null) news()
    })
  }
  const clock = setInterval(() => {
    if (seen.away !== null) stale = true
    news()
    draw()
  }, TICK_MS)
  try {
    draw()
    for await (const event of eventsAfter(client, after, left.signal)) {
      if (!OF_THE_TRAIN.includes(event.aggregate)) continue
      stale = true
      news()
    }
  } finally {
    clearInterval(clock)
    await looking
    screen.close()
  }
  if (failed !== null) throw (failed as { error: unknown }).error
}

/** A pipe gets the train once, then a line for everything that changes; with --json the whole train each time. */
async function told(ctx: Context, client: Client, left: Leaving): Promise<void> {
  const after = await headOf(client)
  let before = await client.call('train', { repo: ctx.directory, asks: true })
  ctx.say(ctx.json ? JSON.stringify(before) : renderTrain(before, ctx.look, ctx.now()))
  for await (const event of eventsAfter(client, after, left.signal)) {
    if (!OF_THE_TRAIN.includes(event.aggregate)) continue
    const now = await steadily(left.signal, () => client.call('train', { repo: ctx.directory, asks: true }))
    if (now === null) return
    const lines = differences(before, now)
    before = now
    if (lines.length === 0) continue
    if (ctx.json) ctx.say(JSON.stringify(now))
    const time = new Date(event.at).toTimeString().slice(0, 8)
    if (!ctx.json) for (const line of lines) ctx.say(truncate(`${time} ${line}`, ctx.look.width))
  }
}

async function headOf(client: Client): Promise<number> {
  return (await client.call('status', {})).head ?? 0
}

const running = ({ train }: Pick<Seen, 'train'>): boolean =>
  train.builds.some(({ checks }) => checks.some(({ state }) => state === 'running'))

async function outputOf(ctx: Context, client: Client, train: Seen['train']): Promise<Seen['log']> {
  if (!running({ train })) return null
  try {
    return await client.call('trainLog', { repo: ctx.directory, change: null, bytes: OUTPUT_BYTES })
  } catch (error) {
    // It ended between the two calls: the event that says so is on its way.
    if (error instanceof WorktrainError && !isAway(error)) return null
    throw error
  }
}

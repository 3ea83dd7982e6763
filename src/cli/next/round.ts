/** One item after the other: shown whole, settled by a key, and on to the next. */
import type { Client } from '../../client/api.ts'
import { settle } from '../../client/settle.ts'
import type { AttentionAction, AttentionItem, AttentionView } from '../../protocol/api.ts'
import { completed } from '../../protocol/attention.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import { failureText } from '../failure.ts'
import { count } from '../../terminal/text.ts'
import { keepShowing } from '../../terminal/showing.ts'
import { signs } from '../../terminal/signs.ts'
import { leaving } from '../../terminal/leaving.ts'
import { choose } from './choose.ts'
import { followAttention } from './changes.ts'
import { detailsOf } from '../../terminal/details.ts'
import { type Keyboard, keyboard } from './keyboard.ts'
import { type Details, keys, page } from '../../terminal/item.ts'
import { gone, outcome } from '../../terminal/outcome.ts'
import { show } from './show.ts'

/** Typed right after the page changed by itself, a key was meant for the page before, ms. */
const MEANT_FOR_BEFORE_MS = 400

/** What became of one item on the screen. */
type Visit = 'settled' | 'skipped' | 'gone' | 'left'

/**
 * Until nothing waits that was not skipped, or the person leaves.
 * @param stay wait for what comes once nothing waits any more
 */
export async function round(ctx: Context, client: Client, repo: string | null, stay: boolean): Promise<void> {
  const left = leaving()
  const board = keyboard(ctx)
  const sign = signs(ctx)
  const showing = keepShowing(client, `cli-${process.pid}`)
  const skipped = new Set<string>()
  // Before the list: what happens in between is then told once more.
  const head = (await client.call('status', {})).head ?? 0
  let view: AttentionView = await client.call('attention', { repo })
  let told = Promise.withResolvers<void>()
  let settledAt = 0
  const following = followAttention(client, repo, head, left.signal, (next, askedAt) => {
    // Asked before the person's last key, it would bring back what they have settled.
    if (askedAt < settledAt) return
    view = next
    told.resolve()
    told = Promise.withResolvers<void>()
  })
  following.catch(left.leave)
  const changed = () => told.promise
  let surprised = false
  let resting = false
  try {
    while (!left.signal.aborted) {
      sign.waiting(view.items.length)
      const at = view.items.findIndex(({ id }) => !skipped.has(id))
      const item = view.items[at]
      if (item === undefined) {
        if (!resting) ctx.say(nothing(skipped.size, view.items.length, stay))
        resting = true
        if (!stay || (await idle(board, changed, left.signal)) === 'left') return
        surprised = true
        continue
      }
      resting = false
      if (surprised && stay) sign.ring()
      const still = () => view.items.some(({ id }) => id === item.id)
      const place = view.places[at] ?? ''
      showing.of([item.id], [])
      const visit = await visited(
        { ctx, client, board, still, changed, signal: left.signal },
        item,
        place,
        surprised,
      )
      showing.of([], [])
      if (visit === 'left') return
      if (visit === 'skipped') skipped.add(item.id)
      if (visit === 'gone') ctx.say(ctx.look.paint('dim', gone(item, view.items)))
      surprised = visit === 'gone'
      if (visit !== 'settled') continue
      settledAt = performance.now()
      view = await client.call('attention', { repo })
    }
  } finally {
    left.leave()
    left.stop()
    sign.close()
    showing.close()
  }
  await following
}

function nothing(skipped: number, waiting: number, stay: boolean): string {
  const rest =
    waiting > 0 && skipped > 0
      ? `nothing else waits for you; ${count(waiting, 'item')} skipped`
      : 'nothing waits for you'
  return stay ? `${rest}; staying for what comes, q ends` : rest
}

async function idle(
  board: Keyboard,
  changed: () => Promise<void>,
  signal: AbortSignal,
): Promise<'left' | 'news'> {
  const news = new AbortController()
  void changed().then(() => news.abort())
  const until = AbortSignal.any([news.signal, signal])
  for (;;) {
    const key = await board.key({ signal: until })
    if (key === null) return signal.aborted ? 'left' : 'news'
    if (key === 'q') return 'left'
  }
}

interface Seat {
  ctx: Context
  client: Client
  board: Keyboard
  /** Does it still wait, as far as is known? */
  still: () => boolean
  changed: () => Promise<void>
  signal: AbortSignal
}

async function visited(seat: Seat, item: AttentionItem, place: string, surprised: boolean): Promise<Visit> {
  const { ctx, client, signal } = seat
  const details = await detailsOf(client, item)
  const shown = (): void => ctx.say(['', ...page(item, place, details, ctx.look, ctx.now()), ''].join('\n'))
  const offered = (): void => ctx.say(keys(item.actions, ctx.look).join('\n'))
  shown()
  if (surprised) await seat.board.deaf(MEANT_FOR_BEFORE_MS)
  offered()
  let looked = false
  const leave = async (visit: Visit): Promise<Visit> => {
    if (looked && item.session) await client.call('seen', { repo: null, name: item.session.id, how: 'next' })
    return visit
  }
  for (;;) {
    const key = await keyOrGone(seat)
    if (key === null) return leave(signal.aborted ? 'left' : 'gone')
    if (key === 'q') return leave('left')
    if (key === 's') return leave('skipped')
    const action = actionFor(item, key)
    if (action === undefined) {
      offered()
      continue
    }
    try {
      if ('show' in action.does) {
        await show(ctx, client, action.does)
        looked = true
        shown()
      } else if (await carriedOut(seat, item, action, details, key)) return 'settled'
      else shown()
      offered()
    } catch (error) {
      if (!(error instanceof WorktrainError) || error.code === 'SUPERVISOR_UNREACHABLE') throw error
      ctx.say(failureText(error, ctx.look))
    }
  }
}

/** A number answers the first of several questions at once. */
function actionFor({ actions }: AttentionItem, key: string): AttentionAction | undefined {
  const choices = /^[1-9]$/.test(key) ? actions.find(({ needs }) => needs?.what === 'choices') : undefined
  return actions.find((action) => action.key === key) ?? choices
}

/** Null: it no longer waits, or everything ends. */
async function keyOrGone(seat: Seat): Promise<string | null> {
  const gone = new AbortController()
  const typed = new AbortController()
  const watch = async (): Promise<void> => {
    while (!typed.signal.aborted) {
      if (!seat.still()) return gone.abort()
      await seat.changed()
    }
  }
  void watch()
  try {
    return await seat.board.key({
      signal: AbortSignal.any([gone.signal, seat.signal]),
      fresh: true,
    })
  } finally {
    typed.abort()
  }
}

/** False: the person went back. */
async function carriedOut(
  { ctx, client, board }: Seat,
  item: AttentionItem,
  action: AttentionAction,
  { session }: Details,
  key: string,
): Promise<boolean> {
  const { does, needs, label } = action
  if ('show' in does) return false
  let call = does
  if (needs !== null) {
    const question = session?.question
    const said =
      needs.what === 'text'
        ? await board.line(`${needs.ask}${needs.optional ? ' (Enter for none)' : ''}: `)
        : question
          ? await choose(ctx, board, question, key === action.key ? null : key)
          : null
    if (said === null || (said === '' && !needs.optional)) return false
    call = completed(does, needs, said)
  }
  const output = await settle(client, call)
  ctx.say(ctx.look.paint('green', outcome(item, label, call, output)))
  return true
}

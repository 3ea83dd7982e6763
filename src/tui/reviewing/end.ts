/** How a review ends: it is left, or decided; on the round through what waits, the next one comes. Pure. */
import { oneLine } from '../../terminal/text.ts'
import type { Board } from '../board.ts'
import { type Effect, say, stay, type Step } from '../effect.ts'
import { onward } from '../item-step.ts'
import type { ReviewMode } from '../mode.ts'

/** Back to where it was opened, which may have been settled by looking. */
export function leave(board: Board, mode: ReviewMode, now: number): Step {
  const { back } = mode
  if (back.at === 'list') return after(mode, stay({ ...board, mode: back }))
  const { items, places } = board.attention
  const at = items.findIndex(({ id }) => id === back.item.id)
  const item = items[at]
  if (item !== undefined)
    return after(mode, stay({ ...board, mode: { ...back, item, place: places[at] ?? '' } }))
  const said = board.said === null ? say(board, `${oneLine(mode.session.name)}: looked at`) : board
  return after(mode, onward(said, back.skipped, now, false))
}

/** To what matters most besides this session. */
export function goOn(board: Board, mode: ReviewMode, now: number): Step {
  return after(mode, onward(board, skipped(board, mode), now, false))
}

/** A word was said on it: one that was opened by itself stays, because the person may want to see what follows. */
export function decided(board: Board, session: string, said: string, now: number): Step {
  const fresh: Board = { ...say(board, said, 'green'), settledAt: now }
  const { mode } = fresh
  if (mode.at !== 'review' || mode.session.id !== session) return stay(fresh)
  return mode.back.at === 'list' ? stay({ ...fresh, mode: { ...mode, busy: false } }) : goOn(fresh, mode, now)
}

function skipped({ attention }: Board, { back, session }: ReviewMode): Set<string> {
  const own = attention.items.filter((item) => item.session?.id === session.id).map(({ id }) => id)
  return new Set([...(back.at === 'item' ? back.skipped : []), ...own])
}

/** That one has looked is said when one leaves (decision 55). */
function after({ session, looked }: ReviewMode, { board, effects }: Step): Step {
  const seen: Effect[] = looked === null ? [] : [{ do: 'looked', session: session.id, commit: looked }]
  return { board, effects: [...seen, ...effects] }
}

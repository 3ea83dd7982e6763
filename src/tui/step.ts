/** What the board becomes by a key or by news, and what is to be done for it. Pure. */
import type { Highlight } from '../board/code/colours.ts'
import type { AttentionView, ChangeView, SessionView } from '../protocol/api.ts'
import type { HostScreen } from '../protocol/host.ts'
import type { ReviewFile, ReviewView, SnapshotView } from '../protocol/review.ts'
import type { Details } from '../terminal/item.ts'
import { ACTIONS, moved } from './actions.ts'
import { type Board, selectable } from './board.ts'
import { say, stay, type Step } from './effect.ts'
import { begun, formKey } from './form.ts'
import type { Key } from './input.ts'
import { chooseKey, itemKey, itemStill, onward, toNext, withDetails } from './item-step.ts'
import { lineKey, offeredClick } from './line-step.ts'
import type { Asked, Content, LineMode, PageMode } from './mode.ts'
import { OFFERED_ROW } from './palette.ts'
import { reviewClick, reviewKey } from './reviewing/actions.ts'
import {
  arrived as reviewArrived,
  fell,
  fileArrived,
  markArrived,
  snapshotsArrived,
  stale,
  staleBySession,
} from './reviewing/begin.ts'
import { decided } from './reviewing/end.ts'
import { by as rowsBy } from './reviewing/move.ts'

export type Happening =
  | { of: 'key'; key: Key }
  /** A click on the row with this id, in this half of the screen. */
  | { of: 'click'; id: string; half: 'left' | 'right' }
  /** @param askedAt when they were asked for, ms since the epoch */
  | {
      of: 'facts'
      sessions: readonly SessionView[]
      attention: AttentionView
      changes: readonly ChangeView[]
      askedAt: number
    }
  /** @param silentMs nothing had come for so long when it broke */
  | { of: 'link'; live: boolean; silentMs: number }
  | { of: 'screen'; session: string; screen: HostScreen | null; why: string }
  | { of: 'details'; item: string; details: Details }
  | { of: 'page'; title: string; content: Content }
  | { of: 'review'; session: string; asked: Asked; view: ReviewView }
  | { of: 'review-file'; session: string; asked: Asked; file: ReviewFile }
  | { of: 'snapshots'; session: string; snapshots: readonly SnapshotView[] }
  | { of: 'languages'; highlight: Highlight }
  /** Comments of a session have changed, or what was decided on it. */
  | { of: 'reviewed'; session: string }
  | { of: 'marked'; session: string; change: string; marked: boolean }
  | { of: 'decided'; session: string; said: string }
  | { of: 'settled'; item: string; said: string }
  | { of: 'begun'; said: string }
  | { of: 'done'; said: string }
  /** @param typed the line that it was about, which nobody should have to type again */
  | { of: 'failed'; said: string; typed?: LineMode | undefined }

/** Rows that a page key moves by. */
const PAGE_ROWS = 10
const WHEEL_ROWS = 3

/** @param now ms since the epoch */
export function step(board: Board, what: Happening, now: number): Step {
  switch (what.of) {
    case 'key':
      return backAtItem(board, keyed(board, what.key, now), now)
    case 'click':
      return clicked(board, what.id, what.half, now)
    case 'facts':
      return informed(board, what, now)
    case 'link':
      return stay({ ...board, awaySince: what.live ? null : (board.awaySince ?? now - what.silentMs) })
    case 'screen':
      return stay({ ...board, peek: { session: what.session, screen: what.screen, why: what.why } })
    case 'details':
      return stay(withDetails(board, what.item, what.details))
    case 'page':
      return stay(arrived(board, what.title, what.content))
    case 'settled':
      return settled(board, what.item, what.said, now)
    case 'review':
      return reviewArrived(board, what.session, what.asked, what.view)
    case 'review-file':
      return stay(fileArrived(board, what.session, what.asked, what.file))
    case 'snapshots':
      return stay(snapshotsArrived(board, what.session, what.snapshots))
    case 'languages':
      return stay({ ...board, highlight: what.highlight })
    case 'reviewed':
      return stay(board, ...stale(board, what.session))
    case 'marked':
      return stay(markArrived(board, what.session, what.change, what.marked))
    case 'decided':
      return decided(board, what.session, what.said, now)
    case 'begun':
      return stay(say(begun(board), what.said, 'green'))
    case 'done':
      return stay(what.said === '' ? board : say(board, what.said, 'green'))
    case 'failed':
      return stay(typedAgain(failed(say(board, what.said, 'red')), what.typed))
  }
}

/** On to the next of those that are known, at once: whether there are others is asked meanwhile. */
function settled(board: Board, id: string, said: string, now: number): Step {
  const { items, places } = board.attention
  const still = <T>(_each: T, i: number): boolean => items[i]?.id !== id
  const fresh: Board = {
    ...say(board, said, 'green'),
    settledAt: now,
    attention: { ...board.attention, items: items.filter(still), places: places.filter(still) },
    sessions:
      board.sessions?.map((s) =>
        s.attention.some((item) => item.id === id)
          ? { ...s, attention: s.attention.filter((item) => item.id !== id) }
          : s,
      ) ?? null,
  }
  const { mode } = board
  return mode.at === 'item' && mode.item.id === id ? onward(fresh, mode.skipped, now, false) : stay(fresh)
}

/** Nothing came of it: the item can be settled another way, and a page that never comes is closed. */
function failed(board: Board): Board {
  const { mode } = board
  if (mode.at === 'form' || (mode.at === 'item' && mode.busy))
    return { ...board, mode: { ...mode, busy: false } }
  if (mode.at === 'page' && mode.content === null) return { ...board, mode: mode.back }
  return fell(board)
}

/** What was typed in vain stands there again, unless the person has gone elsewhere meanwhile. */
function typedAgain(board: Board, line: LineMode | undefined): Board {
  const { mode } = board
  if (line?.back.at === 'choose' && mode.at === 'item') return { ...board, mode: line }
  return line?.back.at === mode.at ? { ...board, mode: { ...line, back: mode } } : board
}

function informed(board: Board, what: Extract<Happening, { of: 'facts' }>, now: number): Step {
  // Asked before the person's last key, it would bring back what they have settled.
  if (what.askedAt < board.settledAt) return stay(board)
  const { sessions, attention, changes } = what
  const fresh: Board = { ...board, sessions, attention, changes, wantsNext: false }
  const { mode } = fresh
  if (board.wantsNext && mode.at === 'list') return toNext(fresh, now)
  return mode.at === 'item' ? itemStill(fresh, mode, now) : stay(fresh, ...staleBySession(board, fresh))
}

function clicked(board: Board, id: string, half: 'left' | 'right', now: number): Step {
  const { mode } = board
  switch (mode.at) {
    case 'list':
      return stay({ ...board, selected: id })
    case 'review':
      return reviewClick(board, mode, id, half, now)
    case 'line':
      return id.startsWith(OFFERED_ROW)
        ? offeredClick(board, mode, Number(id.slice(OFFERED_ROW.length)), now)
        : stay(board)
    default:
      return stay(board)
  }
}

function arrived(board: Board, title: string, content: Content): Board {
  const { mode } = board
  return mode.at === 'page' && mode.title === title ? { ...board, mode: { ...mode, content } } : board
}

function keyed(board: Board, key: Key, now: number): Step {
  if ('focus' in key) return stay({ ...board, focused: key.focus })
  // Whoever leaves something has read what was said of it.
  const escapes = 'key' in key && key.key === 'Escape'
  return keyedAt(escapes ? { ...board, said: null } : board, key, now)
}

function keyedAt(board: Board, key: Exclude<Key, { focus: boolean }>, now: number): Step {
  const { mode } = board
  // Of the terminal, whatever is done in it; what is being typed is there again.
  if ('key' in key && key.key === 'Ctrl-Z') return stay(board, { do: 'suspend' })
  if (mode.at === 'line') return lineKey(board, mode, key, now)
  if (mode.at === 'form') return formKey(board, mode, key)
  if ('wheel' in key) return stay(scrolled(board, key.wheel, WHEEL_ROWS, now))
  if (!('key' in key)) return stay(board)
  const name = key.key
  // A terminal whose person is gone, or wants to be: from everywhere.
  if (name === 'Ctrl-C') return stay(board, { do: 'quit' })
  const by = MOVES[name]
  switch (mode.at) {
    case 'list':
      return by === undefined ? listKey(board, name, now) : stay(moved(board, by))
    case 'item':
      return by === undefined || name.length === 1
        ? itemKey(board, mode, name, now)
        : stay(scrolled(board, by > 0 ? 1 : -1, Math.abs(by), now))
    case 'review':
      return by === undefined ? reviewKey(board, mode, name, now) : stay(rowsBy(board, mode, by, now))
    case 'choose':
      return by === undefined || name.length === 1
        ? chooseKey(board, mode, name)
        : stay(scrolled(board, by > 0 ? 1 : -1, Math.abs(by), now))
    case 'page':
      return by === undefined
        ? stay(pageKey(board, mode, name, now))
        : stay(scrolled(board, by > 0 ? 1 : -1, Math.abs(by), now))
  }
}

/** Back from a page or a line: the item may have been settled meanwhile. */
function backAtItem({ mode: before }: Board, next: Step, now: number): Step {
  const { mode } = next.board
  const back = mode.at === 'item' && (before.at === 'page' || before.at === 'line' || before.at === 'choose')
  return back && next.effects.length === 0 ? itemStill(next.board, mode, now) : next
}

const MOVES: Record<string, number> = {
  j: 1,
  k: -1,
  Down: 1,
  Up: -1,
  PageDown: PAGE_ROWS,
  PageUp: -PAGE_ROWS,
  g: -Infinity,
  G: Infinity,
  Home: -Infinity,
  End: Infinity,
}

function listKey(board: Board, name: string, now: number): Step {
  if (name === 'Escape') return stay({ ...board, large: false, filter: '' })
  const action = ACTIONS.find(({ keys }) => keys.includes(name))
  return action === undefined ? stay(board) : action.run({ ...board, said: null }, now)
}

function pageKey(board: Board, mode: PageMode, name: string, now: number): Board {
  if (name === ' ') return scrolled(board, 1, PAGE_ROWS, now)
  return ['q', 'Escape', 'Enter', '?'].includes(name) ? { ...board, mode: mode.back } : board
}

/** The view keeps `top` within the text: here it only may not be negative. */
function scrolled(board: Board, direction: 1 | -1, rows: number, now: number): Board {
  const { mode } = board
  if (mode.at === 'review') return rowsBy(board, mode, direction * rows, now)
  if (mode.at === 'list') return selectable(board).length === 0 ? board : moved(board, direction)
  if (mode.at !== 'page' && mode.at !== 'item' && mode.at !== 'choose') return board
  const top = rows === Infinity ? (direction > 0 ? LAST : 0) : Math.max(0, mode.top + direction * rows)
  return { ...board, mode: { ...mode, top } }
}

/** More lines than any page has. */
const LAST = 1_000_000

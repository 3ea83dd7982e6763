/** The board as the lines of a screen. Pure. */
import { lookOf } from '../../board/words.ts'
import { keys } from '../../terminal/item.ts'
import type { Look } from '../../terminal/look.ts'
import { age, count, oneLine, truncate, width } from '../../terminal/text.ts'
import { type Board, looksIn, rowsOf, selectable } from '../board.ts'
import { formHints, formLines } from './form.ts'
import { chooseLines, cut, empty, itemLines, pageLines } from './body.ts'
import { listOf, type Shown } from './list.ts'
import { paletteOf } from './palette.ts'
import { peekOf } from './peek.ts'
import { isWide, reviewHints, reviewOf } from './review.ts'
import { typing } from './typing.ts'

export interface View {
  /** Exactly as many as the screen has rows. */
  lines: string[]
  /** For each line the id of the row that it shows; null: none. */
  ids: (string | null)[]
  /** First line that is shown of the list or of a page, first row of a review. */
  top: number
  /** Last row that is shown of a review. */
  last: number
  /** There is room for a review's old and new side by side. */
  wide: boolean
}

/** Rows that the peek pane has at least; with fewer there is none. */
const PEEK_LEAST = 5
/** Below so many rows there is no line about the checkouts. */
const LOOKS_LEAST = 8
/** Share of the screen that what was said last may take. */
const TOLD_SHARE = 1 / 3
/** Columns that are kept beside it for how much more there is below. */
const BELOW_COLUMNS = 22
/** Share of the screen that the list may take from a peek pane. */
const LIST_SHARE = 0.6

/**
 * @param top of the list as it was shown before: it moves only as far as the cursor needs
 * @param now ms since the epoch
 */
export function view(board: Board, look: Look, rows: number, now: number, top: number): View {
  const most = Math.max(1, Math.floor(rows * TOLD_SHARE))
  const wide = drawn(board, look, rows, now, top, toldOf(board, look, look.width, most))
  if (!wide.below || board.said === null) return wide.view
  // What goes on below is told in the same line.
  const beside = toldOf(board, look, look.width - BELOW_COLUMNS, most)
  return drawn(board, look, rows, now, top, beside).view
}

/** @param told what was said last, as lines */
function drawn(
  board: Board,
  look: Look,
  rows: number,
  now: number,
  top: number,
  told: readonly string[],
): { view: View; below: number } {
  const foot = footOf(board, look, told).slice(-Math.max(1, rows - 1))
  // On the smallest screens the list is worth more than the head.
  const above = rows - foot.length > 1 ? [head(board, look, now)] : []
  if (rows - foot.length > LOOKS_LEAST) above.push(...looks(board, look, now))
  const room = Math.max(1, rows - above.length - foot.length)
  const body = bodyOf(board, look, room, now, top)
  // Where something is typed, what is hidden was said before.
  if (body.below && board.mode.at !== 'line') foot[0] = below(foot[0] ?? '', body.below, look)
  const filled = Array.from({ length: Math.max(0, room - body.shown.length) }, () => NOTHING)
  const shown = [...above.map((text) => ({ text, id: null })), ...body.shown.slice(0, room), ...filled]
  return {
    view: {
      lines: [...shown.map(({ text }) => text), ...foot].slice(0, rows),
      ids: shown.map(({ id }) => id),
      top: body.top,
      last: body.last ?? 0,
      wide: isWide(look),
    },
    below: body.below ?? 0,
  }
}

/** What was said last: whole, as far as there is room. */
function toldOf({ said }: Board, look: Look, columns: number, most: number): string[] {
  if (said === null) return ['']
  const lines = cut(oneLine(said.text), columns)
  const shown = lines.slice(0, most - 1)
  const rest = lines.slice(most - 1).join(' ')
  return [...shown, ...(rest === '' ? [] : [truncate(rest, columns)])].map((line) =>
    look.paint(said.tone, line),
  )
}

/** The board as it is on the screen: scrolled as far as there are lines, and not beyond. */
export function scrolledTo(board: Board, { top, last, wide }: View): Board {
  const { mode } = board
  if (mode.at === 'review') return { ...board, mode: { ...mode, top, last, wide } }
  return mode.at === 'page' || mode.at === 'item' || mode.at === 'choose'
    ? { ...board, mode: { ...mode, top } }
    : board
}

const NOTHING: Shown = { text: '', id: null }

function head(board: Board, look: Look, now: number): string {
  const groups = rowsOf({ ...board, filter: '', byRepository: false }).flatMap((row) =>
    row.is === 'group' ? [`${row.count} ${row.title.toLowerCase()}`] : [],
  )
  const about = board.repo === null ? 'all repositories' : oneLine(board.repo.split('/').at(-1) ?? '')
  // Nobody should take what a filter leaves for all there is: rather less is said of the rest.
  const filter = truncate(board.filter === '' ? '' : ` · filter: ${oneLine(board.filter)}`, look.width - 10)
  const room = look.width - width(filter)
  const said = truncate(`worktrain  ${about}  ${groups.join(' · ')}`, room) + filter
  if (board.awaySince === null) return look.paint('bold', said)
  const away = `the supervisor is away for ${age(now - board.awaySince)}, this is what was known; S starts it`
  return look.paint('red', truncate(away, look.width))
}

/** What the person's checkouts show instead of their own work. */
function looks(board: Board, { width: room, paint }: Look, now: number): string[] {
  return looksIn(board).map(({ session, look }) => {
    const said = `${lookOf(look)} of ${session.name}, for ${age(now - look.since)}; F goes back`
    return paint('yellow', truncate(oneLine(said), room))
  })
}

interface Body {
  shown: Shown[]
  top: number
  last?: number
  /** Lines that come after those that are shown. */
  below?: number
}

/** Nobody should take what is on the screen for all there is. */
function below(told: string, lines: number, look: Look): string {
  const more = `↓ ${count(lines, 'more line')}`
  const room = look.width - width(more) - 3
  return `${told === '' ? '' : `${truncate(told, room)}   `}${look.paint('bold', more)}`
}

function bodyOf(board: Board, look: Look, room: number, now: number, top: number): Body {
  const { mode } = board
  switch (mode.at) {
    case 'item':
      return part(itemLines(mode, look, now), mode.top, room)
    case 'choose':
      return part(chooseLines(mode, look), mode.top, room)
    case 'page':
      return part(pageLines(board, mode, look, now), mode.top, room)
    case 'form': {
      const { lines, at } = formLines(board, mode, look)
      return part(lines, at + 1 - room, room)
    }
    case 'review':
      return reviewOf(mode, board.highlight, look, room, now)
    case 'line':
      if (mode.for.what === 'palette') return paletteOf(mode, mode.for.at, look, room)
      if (mode.back.at !== 'list') return bodyOf({ ...board, mode: mode.back }, look, room, now, top)
      return listAndPeek(board, look, room, now, top)
    case 'list':
      return listAndPeek(board, look, room, now, top)
  }
}

function part(lines: readonly string[], wanted: number, room: number): Body {
  const top = Math.max(0, Math.min(wanted, lines.length - room))
  const shown = lines.slice(top, top + room).map((text) => ({ text, id: null }))
  return { shown, top, below: lines.length - top - shown.length }
}

function listAndPeek(board: Board, look: Look, room: number, now: number, top: number): Body {
  const nothing = empty(board)
  if (nothing.length > 0) return part(nothing, 0, room)
  if (board.large) return { shown: peekOf(board, look, now, room).map((text) => ({ text, id: null })), top }
  const most = room >= PEEK_LEAST * 3 ? Math.floor(room * LIST_SHARE) : room
  const all = listOf(board, look, now, most)
  const space = Math.min(all.length, most)
  const from = windowed(all, top, space)
  const list = all.slice(from, from + space)
  const left = room - list.length
  const peek = left < PEEK_LEAST ? [] : peekOf(board, look, now, left)
  return { shown: [...list, ...peek.map((text) => ({ text, id: null }))], top: from }
}

/** Where the list begins, so that the selected row is whole and as little moves as may be. */
function windowed(all: readonly Shown[], top: number, space: number): number {
  const first = all.findIndex(({ here }) => here === true)
  const last = all.findLastIndex(({ here }) => here === true)
  const lowest = Math.max(0, all.length - space)
  // The heading of a group comes with its first row.
  const before = first > 0 && space > 2 && all[first - 1]?.id === null ? first - 1 : first
  const wanted = top > before ? before : last >= top + space ? Math.min(first, last - space + 1) : top
  return Math.max(0, Math.min(wanted, lowest))
}

/** What was said last, and what can be done. */
function footOf(board: Board, look: Look, told: readonly string[]): string[] {
  const { mode, said } = board
  switch (mode.at) {
    case 'line':
      return [
        typing(`${oneLine(mode.ask)}: `, mode.line, look),
        look.paint(
          'dim',
          truncate(
            `Enter ${mode.for.what === 'palette' ? 'does it   ↑ ↓ another' : 'takes it'}   Esc leaves`,
            look.width,
          ),
        ),
        // Why what is typed here could not be taken.
        ...(said?.tone === 'red' ? told : []),
      ]
    case 'item':
      if (mode.busy) return [...told, look.paint('dim', 'settling…')]
      // Offered once they count.
      return mode.details === null ? [...told, ''] : [...told, ...keys(mode.item.actions, look)]
    case 'choose':
      return [
        ...told,
        look.paint(
          'dim',
          'a number takes an option   w your own words   Enter takes what is on   Esc goes back',
        ),
      ].map((line) => truncate(line, look.width))
    case 'form':
      return [...told, look.paint('dim', truncate(formHints(mode), look.width))]
    case 'review':
      return [...told, look.paint('dim', truncate(mode.busy ? 'telling…' : reviewHints(mode), look.width))]
    case 'page':
      return [...told, look.paint('dim', truncate('j k scroll   Esc goes back', look.width))]
    case 'list':
      return [...told, look.paint('dim', truncate(hints(board), look.width))]
  }
}

function hints(board: Board): string {
  const { items } = board.attention
  const verb = items.length === 1 ? 'waits' : 'wait'
  const waiting = items.length === 0 ? 'nothing waits' : `n ${count(items.length, 'item')} ${verb}`
  // What is done with a session is offered where there is one.
  const row = selectable(board).length === 0 ? '' : '   Enter settle   r reply   Ctrl-] attach'
  return board.sessions === null ? '? help   q leave' : `${waiting}${row}   ? help   q leave`
}

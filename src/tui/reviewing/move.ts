/** The way through a review: from row to row, from file to file, and on to the end. Pure. */
import type { ReviewView } from '../../protocol/review.ts'
import { say } from '../effect.ts'
import type { Board } from '../board.ts'
import type { ReviewMode } from '../mode.ts'
import { cursorAt, fileRow, printOf, type ReviewRow, reviewRows, type Viewed } from './rows.ts'

/** Where the person is in it. */
export interface Here {
  mode: ReviewMode
  view: ReviewView
  row: ReviewRow
  now: number
}

const NONE: Viewed = new Map()

export function viewedOf({ viewed }: Board, { session }: ReviewMode): Viewed {
  return viewed.get(session.id) ?? NONE
}

/** The rows, and which of them the cursor is at. */
export function placed(board: Board, mode: ReviewMode, now: number): { rows: ReviewRow[]; at: number } {
  const rows = reviewRows(mode, viewedOf(board, mode), now)
  return { rows, at: cursorAt(rows, mode.cursor) }
}

export function to(board: Board, mode: ReviewMode, rows: readonly ReviewRow[], index: number): Board {
  const at = Math.max(0, Math.min(rows.length - 1, index))
  const row = rows[at]
  return row === undefined ? board : { ...board, mode: { ...mode, cursor: { id: row.id, index: at } } }
}

export function by(board: Board, mode: ReviewMode, rows: number, now: number): Board {
  const all = placed(board, mode, now)
  return to(board, mode, all.rows, all.at + rows)
}

/** To the next file, or the one before. */
export function byFile(board: Board, mode: ReviewMode, direction: 1 | -1, now: number): Board {
  const { rows, at } = placed(board, mode, now)
  const isFile = (row: ReviewRow, i: number): boolean => row.is === 'file' && (i - at) * direction > 0
  const next = direction > 0 ? rows.findIndex(isFile) : rows.findLastIndex(isFile)
  return next < 0 ? board : to(board, mode, rows, next)
}

/** Opens the file, its name at the top of the screen; null: closes the one that is open. */
export function opened(board: Board, mode: ReviewMode, path: string | null, now: number): Board {
  const row = path ?? mode.open
  const next: ReviewMode = { ...mode, open: path, from: null }
  const rows = reviewRows(next, viewedOf(board, mode), now)
  const index = cursorAt(rows, { id: row === null ? 'title' : fileRow(row), index: 0 })
  return to(board, { ...next, top: path === null ? next.top : index }, rows, index)
}

/** What is below the screen; at the end of a file, that one was gone through, and the next one comes. */
export function readOn(board: Board, mode: ReviewMode, now: number): Board {
  const { rows } = placed(board, mode, now)
  const end = mode.open === null ? -1 : rows.findLastIndex(({ path }) => path === mode.open)
  if (end > mode.last) return to(board, { ...mode, top: mode.last }, rows, mode.last)
  const done = mode.open === null ? board : marked(board, mode, mode.open, true)
  const files = mode.shown?.view.files ?? []
  const viewed = viewedOf(done, mode)
  const from = files.findIndex(({ path }) => path === mode.open) + 1
  const next = [...files.slice(from), ...files.slice(0, from)].find(
    (file) => viewed.get(file.path) !== printOf(mode.whole.get(file.path) ?? file),
  )
  if (next !== undefined) return opened(done, mode, next.path, now)
  const closed = opened(done, { ...mode, open: null, top: 0 }, null, now)
  return say(closed, 'you have gone through all of it: y approves, Y lands it too', 'green')
}

/** Notes that the person has gone through a file as it is, or that they have not. */
export function marked(board: Board, mode: ReviewMode, path: string, viewed: boolean): Board {
  const file = mode.whole.get(path) ?? mode.shown?.view.files.find((each) => each.path === path)
  if (file === undefined) return board
  const own = new Map(viewedOf(board, mode))
  if (viewed) own.set(path, printOf(file))
  else own.delete(path)
  return { ...board, viewed: new Map(board.viewed).set(mode.session.id, own) }
}

/** The way through a review: from row to row, from file to file, and on to the end. Pure. */
import { isMarked, withMark } from '../../board/marks.ts'
import type { ReviewView } from '../../protocol/review.ts'
import { type Effect, say, stay, type Step } from '../effect.ts'
import type { Board } from '../board.ts'
import type { ReviewMode } from '../mode.ts'
import { cursorAt, fileRow, type ReviewRow, reviewRows } from './rows.ts'

/** Where the person is in it. */
export interface Here {
  mode: ReviewMode
  view: ReviewView
  row: ReviewRow
  now: number
}

/** The rows, and which of them the cursor is at. */
export function placed(mode: ReviewMode, now: number): { rows: ReviewRow[]; at: number } {
  const rows = reviewRows(mode, now)
  return { rows, at: cursorAt(rows, mode.cursor) }
}

export function to(board: Board, mode: ReviewMode, rows: readonly ReviewRow[], index: number): Board {
  const at = Math.max(0, Math.min(rows.length - 1, index))
  const row = rows[at]
  return row === undefined
    ? board
    : { ...board, mode: { ...mode, cursor: { id: row.id, index: at }, sure: null } }
}

export function by(board: Board, mode: ReviewMode, rows: number, now: number): Board {
  const all = placed(mode, now)
  return to(board, mode, all.rows, all.at + rows)
}

/** To the next file, or the one before. */
export function byFile(board: Board, mode: ReviewMode, direction: 1 | -1, now: number): Board {
  const { rows, at } = placed(mode, now)
  const isFile = (row: ReviewRow, i: number): boolean => row.is === 'file' && (i - at) * direction > 0
  const next = direction > 0 ? rows.findIndex(isFile) : rows.findLastIndex(isFile)
  return next < 0 ? board : to(board, mode, rows, next)
}

/** Opens the file, its name at the top of the screen; null: closes the one that is open. */
export function opened(board: Board, mode: ReviewMode, path: string | null, now: number): Board {
  const row = path ?? mode.open
  const next: ReviewMode = { ...mode, open: path, from: null }
  const rows = reviewRows(next, now)
  const index = cursorAt(rows, { id: row === null ? 'title' : fileRow(row), index: 0 })
  return to(board, { ...next, top: path === null ? next.top : index }, rows, index)
}

/** What is below the screen; at the end of a file, that one was gone through, and the next one comes. */
export function readOn(board: Board, mode: ReviewMode, now: number): Step {
  const { rows } = placed(mode, now)
  const end = mode.open === null ? -1 : rows.findLastIndex(({ path }) => path === mode.open)
  if (end > mode.last) return stay(to(board, { ...mode, top: mode.last }, rows, mode.last))
  const files = mode.shown?.view.files ?? []
  const from = files.findIndex(({ path }) => path === mode.open) + 1
  const done = marked(mode, mode.open, true)
  const view = done.mode.shown?.view
  const next = [...files.slice(from), ...files.slice(0, from)].find((file) => !view || !isMarked(view, file))
  if (next !== undefined) return stay(opened(board, done.mode, next.path, now), ...done.effects)
  const closed = opened(board, { ...done.mode, open: null, top: 0 }, null, now)
  const said = 'you have gone through all of it: y approves, Y lands it too'
  return stay(say(closed, said, 'green'), ...done.effects)
}

/** That the person has gone through a file as it is, or that they have not: shown at once, and to be told. */
export function marked(
  mode: ReviewMode,
  path: string | null,
  marked: boolean,
): { mode: ReviewMode; effects: Effect[] } {
  const { session, shown } = mode
  const file = shown?.view.files.find((each) => each.path === path)
  if (!shown || !file || isMarked(shown.view, file) === marked) return { mode, effects: [] }
  const { change } = file
  return {
    mode: { ...mode, shown: { ...shown, view: withMark(shown.view, change, marked) } },
    effects: [{ do: 'mark', session: session.id, path: file.path, change, marked }],
  }
}

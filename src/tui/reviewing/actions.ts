/** Everything that can be done in a review: one table for keys and help. Pure. */
import { isMarked } from '../../board/marks.ts'
import { placeOf, through, uncommentable } from '../../board/place.ts'
import type { Against } from '../../protocol/review.ts'
import type { Board } from '../board.ts'
import { type Call, say, stay, type Step } from '../effect.ts'
import { type ReviewMode, SIDE_BY_SIDE } from '../mode.ts'
import { ask } from './begin.ts'
import { goOn, leave } from './end.ts'
import { byFile, marked, opened, type Here, placed, readOn } from './move.ts'
import { lineAt } from './rows.ts'
import { cameAfter, putBack } from './snapshots.ts'
import { approve, handBack, land, reject, typing } from './word.ts'

export interface ReviewAction {
  keys: readonly string[]
  does: string
  run: (board: Board, at: Here) => Step
}

export const REVIEW_ACTIONS: readonly ReviewAction[] = [
  {
    keys: [' '],
    does: 'read on; at the end of a file it is marked, and the next one opens',
    run: (b, { mode, now }) => readOn(b, mode, now),
  },
  {
    keys: ['Enter'],
    does: 'open a file, or close it; to the lines of a comment; what came after a snapshot',
    run: entered,
  },
  { keys: ['J', 'Tab'], does: 'next file', run: (b, { mode, now }) => stay(byFile(b, mode, 1, now)) },
  { keys: ['K'], does: 'file before', run: (b, { mode, now }) => stay(byFile(b, mode, -1, now)) },
  { keys: ['m'], does: 'mark a file as gone through, or not', run: mark },
  { keys: ['f'], does: 'all of a file: also what was left out, then what is around', run: wholeFile },
  { keys: ['c'], does: 'comment on the line, or change the comment', run: comment },
  { keys: ['s'], does: 'begin a comment on several lines here; c on the last one', run: begin },
  { keys: ['x'], does: 'remove a comment; of one handed over: settled, or open again', run: remove },
  { keys: ['h'], does: 'hand it back with the comments, as one prompt', run: handBack },
  { keys: ['y'], does: 'approve what is on the screen', run: (b, at) => approve(b, at, false) },
  { keys: ['Y'], does: 'approve it, and land exactly that', run: (b, at) => approve(b, at, true) },
  { keys: ['R'], does: 'reject it, with a reason and the comments', run: reject },
  { keys: ['l'], does: 'land what was approved', run: land },
  { keys: ['b'], does: 'against its base, main, what you last saw, what you approved', run: against },
  { keys: [']'], does: 'the next turn alone', run: (b, at) => byTurn(b, at, 1) },
  { keys: ['['], does: 'the turn before alone', run: (b, at) => byTurn(b, at, -1) },
  { keys: ['t'], does: 'the turn that this line came from, alone; again: all', run: turnHere },
  { keys: ['Left'], does: 'side by side: to the old line', run: (b, at) => toSide(b, at, 'old') },
  { keys: ['Right'], does: 'side by side: to the new line', run: (b, at) => toSide(b, at, 'new') },
  { keys: ['|'], does: 'old and new side by side, or one below the other', run: turnSplit },
  { keys: ['e'], does: 'all commands that it ran, or the last ones', run: commands },
  { keys: ['p'], does: 'put its files back to the snapshot at the cursor', run: putBack },
  { keys: ['o', 'Ctrl-]'], does: 'its terminal', run: attach },
  { keys: ['n'], does: 'what else waits for you', run: (b, { mode, now }) => goOn(b, mode, now) },
  { keys: [':', 'Ctrl-K'], does: 'all of this by name', run: palette },
  { keys: ['?'], does: 'this help', run: help },
  { keys: ['q', 'Escape'], does: 'back', run: (b, { mode, now }) => leave(b, mode, now) },
]

/** @param key one that does not move */
export function reviewKey(board: Board, mode: ReviewMode, key: string, now: number): Step {
  if (mode.busy) return stay(board)
  if (mode.shown === null) return key === 'q' || key === 'Escape' ? leave(board, mode, now) : stay(board)
  const action = REVIEW_ACTIONS.find(({ keys }) => keys.includes(key))
  return action === undefined ? stay(board) : act(board, mode, action, now)
}

/** Does it at the row that the cursor is at. */
export function act(board: Board, mode: ReviewMode, action: ReviewAction, now: number): Step {
  const { rows, at } = placed(mode, now)
  const row = rows[at]
  if (mode.busy || mode.shown === null || row === undefined) return stay(board)
  // Whoever does something else was not sure.
  const asked = action.run === putBack ? mode : { ...mode, sure: null }
  return action.run({ ...board, said: null, mode: asked }, { mode: asked, view: mode.shown.view, row, now })
}

/** A click goes to a row; a file opens by it, or closes; of two lines side by side it goes to one. */
export function reviewClick(
  board: Board,
  mode: ReviewMode,
  id: string,
  half: 'left' | 'right',
  now: number,
): Step {
  const side = half === 'left' ? 'old' : 'new'
  const there: ReviewMode = { ...mode, cursor: { id, index: 0 }, side, sure: null }
  const { rows, at } = placed(there, now)
  const row = rows[at]
  if (row?.id !== id) return stay(board)
  const next: Board = { ...board, mode: there }
  if (mode.busy || mode.shown === null || (row.is !== 'file' && row.is !== 'listed')) return stay(next)
  return entered(next, { mode: there, view: mode.shown.view, row, now })
}

function entered(board: Board, { mode, view, row, now }: Here): Step {
  if (row.is === 'snapshot') return cameAfter(board, mode, view, row.snapshot)
  if (row.is === 'listed') {
    const { path, id } = row.comment
    const file = opened(board, mode, path, now)
    return stay(
      file.mode.at === 'review' ? { ...file, mode: { ...file.mode, cursor: { id, index: 0 } } } : file,
    )
  }
  if (row.path === null) return readOn(board, mode, now)
  return stay(opened(board, mode, mode.open === row.path ? null : row.path, now))
}

function mark(board: Board, { mode, row, view }: Here): Step {
  const file = view.files.find(({ path }) => path === row.path)
  if (file === undefined) return stay(say(board, 'the cursor is at no file'))
  const done = marked(mode, file.path, !isMarked(view, file))
  return stay({ ...board, mode: done.mode }, ...done.effects)
}

/** Unchanged lines around a change: as everywhere, and where the whole file is asked for. */
const AROUND = 3
const ALL_AROUND = 1000

function wholeFile(board: Board, { mode, row, view, now }: Here): Step {
  const file = view.files.find(({ path }) => path === row.path)
  if (file === undefined) return stay(say(board, 'the cursor is at no file'))
  const known = mode.whole.get(file.path) ?? file
  const context = known.omitted !== null || known.hunks.length === 0 ? AROUND : ALL_AROUND
  const { path } = file
  const open = mode.open === path ? board : opened(board, mode, path, now)
  return stay(open, { do: 'review-file', session: mode.session.id, asked: mode.asked, path, context })
}

function comment(board: Board, { mode, row, view }: Here): Step {
  if (row.is === 'comment' || row.is === 'listed') {
    const { id, state, text } = row.comment
    if (state !== 'draft') return stay(say(board, `${id} was handed over: it can no longer be changed`))
    return typing(board, mode, id, { what: 'reword', session: mode.session.id, comment: id }, { text })
  }
  const end = row.is === 'line' ? placeOf(row.path ?? '', lineAt(row, mode.side)) : null
  if (end === null) return stay(say(board, 'a comment is on a line: go to one'))
  const why = uncommentable(view)
  if (why !== null) return stay(say(board, `${why}: b goes to a view to comment in`))
  const place = through(mode.from, end)
  const commit = place.side === 'new' ? view.to.commit : view.from.commit
  const lines =
    place.count === 1 ? `line ${place.line}` : `lines ${place.line} to ${place.line + place.count - 1}`
  const free: ReviewMode = { ...mode, from: null }
  return typing(board, free, lines, { what: 'comment', session: mode.session.id, place, commit })
}

function begin(board: Board, { mode, row }: Here): Step {
  const from =
    row.is === 'line' && mode.from === null ? placeOf(row.path ?? '', lineAt(row, mode.side)) : null
  return stay({ ...board, mode: { ...mode, from } })
}

function remove(board: Board, { mode, row }: Here): Step {
  if (row.is !== 'comment' && row.is !== 'listed') return stay(say(board, 'the cursor is at no comment'))
  const { id, state } = row.comment
  const ref = { repo: null, name: mode.session.id, comment: id }
  const does: Call =
    state === 'draft'
      ? { call: 'commentRemove', input: ref, said: () => `${id} removed` }
      : {
          call: 'commentResolve',
          input: { ...ref, resolved: state !== 'resolved' },
          said: ({ state: is }) => `${id} is ${is === 'resolved' ? 'settled' : 'open again'}`,
        }
  return stay(board, { do: 'call', call: does })
}

function against(board: Board, { mode, view }: Here): Step {
  const all: Against[] = [
    'base',
    'main',
    ...(view.seen === null ? [] : (['seen'] as const)),
    ...(view.approval === null ? [] : (['approved'] as const)),
  ]
  // From some of the turns first back to the whole.
  const next = mode.asked.turns === null ? all.indexOf(mode.asked.against) + 1 : 0
  return ask(board, mode, { against: all[next] ?? 'base', turns: null })
}

function byTurn(board: Board, { mode, view }: Here, direction: 1 | -1): Step {
  const turns = view.turns.filter(({ snapshot }) => snapshot !== null).map(({ n }) => n)
  const ordered = direction > 0 ? turns : turns.toReversed()
  const at = mode.asked.turns === null ? -1 : ordered.indexOf(mode.asked.turns.first)
  return alone(board, mode, ordered[at + 1] ?? null)
}

function turnHere(board: Board, { mode, row }: Here): Step {
  const hunk = row.is === 'hunk' || row.is === 'line' ? row.hunk : null
  const n = (row.is === 'line' ? row.line.turn : null) ?? hunk?.turns.at(-1)
  if (mode.asked.turns !== null) return alone(board, mode, null)
  return n === undefined ? stay(say(board, 'go to a line to see its turn alone')) : alone(board, mode, n)
}

/** Null: all of them. */
function alone(board: Board, mode: ReviewMode, n: number | null): Step {
  return ask(board, mode, { against: 'base', turns: n === null ? null : { first: n, last: n } })
}

function turnSplit(board: Board, { mode }: Here): Step {
  const split = !mode.split
  const next: Board = { ...board, split, mode: { ...mode, split } }
  if (mode.wide) return stay(next)
  return stay(say(next, `side by side takes ${SIDE_BY_SIDE} columns: ${split ? 'then' : 'not even then'}`))
}

function commands(board: Board, { mode }: Here): Step {
  return stay({ ...board, mode: { ...mode, allCommands: !mode.allCommands } })
}

function attach(board: Board, { mode }: Here): Step {
  return stay(board, { do: 'attach', session: mode.session.id })
}

function palette(board: Board, { mode }: Here): Step {
  return typing(board, mode, 'do', { what: 'palette', at: 0 }, { optional: true })
}

/** Side by side, to the line that was there, or the one that came in its place. */
function toSide(board: Board, { mode, row }: Here, side: 'old' | 'new'): Step {
  if (row.is !== 'line' || row.pair === null)
    return stay(say(board, 'old and new do not stand side by side here'))
  return stay({ ...board, mode: { ...mode, side } })
}

function help(board: Board, { mode }: Here): Step {
  const content = { is: 'review-help' } as const
  return stay({ ...board, mode: { at: 'page', title: 'keys of a review', content, top: 0, back: mode } })
}

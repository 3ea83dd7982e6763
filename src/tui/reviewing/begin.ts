/** How a review is opened, and what comes of it while it is open. Pure. */
import { workOf } from '../../board/work.ts'
import { withMark } from '../../board/marks.ts'
import type { ReviewFile, ReviewView, SnapshotView } from '../../protocol/review.ts'
import type { Board } from '../board.ts'
import { type Effect, stay, type Step } from '../effect.ts'
import type { Asked, ItemMode, ListMode, Mode, ReviewMode } from '../mode.ts'

export const WHOLE: Asked = { against: 'base', turns: null }

/** @param back where it leads once it is left */
export function toReview(board: Board, { id, name }: ReviewMode['session'], back: ListMode | ItemMode): Step {
  const mode: ReviewMode = {
    at: 'review',
    session: { id, name },
    asked: WHOLE,
    shown: null,
    open: null,
    whole: new Map(),
    cursor: { id: 'title', index: 0 },
    split: board.split,
    wide: false,
    side: 'new',
    allCommands: false,
    snapshots: [],
    sure: null,
    from: null,
    top: 0,
    last: 0,
    looked: null,
    busy: false,
    back,
  }
  return stay(
    { ...board, said: null, selected: id, mode },
    { do: 'looked', session: id, commit: null },
    { do: 'review', session: id, asked: WHOLE, fresh: true },
    ...(board.highlight === null ? [{ do: 'languages' } as const] : []),
  )
}

/** Another comparison; what is shown stays until it has come. */
export function ask(board: Board, mode: ReviewMode, asked: Asked): Step {
  const { id } = mode.session
  const next = { ...board, said: null, mode: { ...mode, asked, from: null } }
  return stay(next, { do: 'review', session: id, asked, fresh: false })
}

/** The review that is open, also below a line that is typed or a page. */
export function reviewUnder(mode: Mode): ReviewMode | null {
  if (mode.at === 'review') return mode
  return mode.at === 'line' || mode.at === 'page' ? reviewUnder(mode.back) : null
}

/** What was asked for has come; an answer to an older question is none. */
export function arrived(board: Board, session: string, asked: Asked, view: ReviewView): Step {
  const known = reviewUnder(board.mode)?.snapshots[0]?.commit
  const next = withView(board, session, asked, view)
  // Some of the turns end at an older one.
  const more = asked.turns === null && view.to.commit !== known && reviewUnder(next.mode) !== null
  return more ? stay(next, { do: 'snapshots', session }) : stay(next)
}

export function snapshotsArrived(board: Board, session: string, snapshots: readonly SnapshotView[]): Board {
  return changed(board, session, (mode) => ({ ...mode, snapshots: snapshots.toReversed() }))
}

function withView(board: Board, session: string, asked: Asked, view: ReviewView): Board {
  return changed(board, session, (mode) => {
    if (!same(mode.asked, asked)) return mode
    const before = mode.shown?.view
    const still = before?.from.commit === view.from.commit && before.to.commit === view.to.commit
    return {
      ...mode,
      shown: { asked: mode.asked, view },
      open: view.files.some(({ path }) => path === mode.open) ? mode.open : null,
      // What was fetched in full belongs to one state of the work.
      whole: still ? mode.whole : new Map(),
      // Some of the turns are not the whole.
      looked: asked.turns === null ? view.to.commit : mode.looked,
    }
  })
}

export function fileArrived(board: Board, session: string, asked: Asked, file: ReviewFile): Board {
  return changed(board, session, (mode) =>
    same(mode.asked, asked) ? { ...mode, whole: new Map(mode.whole).set(file.path, file) } : mode,
  )
}

/** A file was gone through, here or at another board. */
export function markArrived(board: Board, session: string, change: string, marked: boolean): Board {
  return changed(board, session, (mode) =>
    mode.shown === null
      ? mode
      : { ...mode, shown: { ...mode.shown, view: withMark(mode.shown.view, change, marked) } },
  )
}

/** Nothing came of what was asked for: what is shown stays, and can be decided on. */
export function fell(board: Board): Board {
  const { mode } = board
  if (mode.at !== 'review') return board
  if (mode.shown === null) return { ...board, mode: mode.back }
  return { ...board, mode: { ...mode, asked: mode.shown.asked, busy: false } }
}

/** Something happened to the review or the work of this session: what is open is fetched anew. */
export function stale(board: Board, session: string): Effect[] {
  const mode = reviewUnder(board.mode)
  return mode?.session.id === session ? [{ do: 'review', session, asked: mode.asked, fresh: false }] : []
}

/** As {@link stale}, where its saved work has become another than what is shown. */
export function staleBySession(before: Board, board: Board): Effect[] {
  const mode = reviewUnder(board.mode)
  const shown = mode?.shown?.view
  if (!mode || !shown) return []
  const of = ({ sessions }: Board) => sessions?.find(({ id }) => id === mode.session.id)
  const [was, now] = [of(before), of(board)]
  if (now === undefined) return []
  const known = was?.head === now.head && was.turns === now.turns && now.lastSnapshot?.oid === shown.to.commit
  const moved = was === undefined || workOf(was) !== workOf(now)
  return moved && !known ? stale(board, now.id) : []
}

function changed(board: Board, session: string, change: (mode: ReviewMode) => ReviewMode): Board {
  const within = (mode: Mode): Mode => {
    if (mode.at === 'review') return mode.session.id === session ? change(mode) : mode
    return mode.at === 'line' || mode.at === 'page' ? { ...mode, back: within(mode.back) } : mode
  }
  return { ...board, mode: within(board.mode) }
}

function same(a: Asked, b: Asked): boolean {
  return a.against === b.against && a.turns?.first === b.turns?.first && a.turns?.last === b.turns?.last
}

/** The saved states of the work: what came after one, and the way back to it. Pure. */
import type { ReviewView, SnapshotView } from '../../protocol/review.ts'
import { oneLine } from '../../terminal/text.ts'
import type { Board } from '../board.ts'
import { say, stay, type Step } from '../effect.ts'
import type { ReviewMode } from '../mode.ts'
import { ask } from './begin.ts'
import type { Here } from './move.ts'

export function cameAfter(
  board: Board,
  mode: ReviewMode,
  { turns }: ReviewView,
  { turn }: SnapshotView,
): Step {
  const last = turns.at(-1)?.n ?? 0
  if (turn === null || turn >= last) return stay(say(board, 'no turn came after it'))
  return ask(board, mode, { against: 'base', turns: { first: turn + 1, last } })
}

/** Asks first; the same key once more does it. */
export function putBack(board: Board, { mode, row }: Here): Step {
  if (row.is !== 'snapshot') return stay(say(board, 'the cursor is at no snapshot: they are at the end'))
  const { n } = row.snapshot
  if (row.there) return stay(say(board, `snapshot ${n} is what is there`))
  if (mode.sure !== n) {
    const words = `p again puts its files back to snapshot ${n}; what is there now is saved first`
    return stay(say({ ...board, mode: { ...mode, sure: n } }, words))
  }
  return stay(
    { ...board, mode: { ...mode, sure: null } },
    {
      do: 'call',
      call: {
        call: 'snapshotRestore',
        input: { repo: null, name: mode.session.id, snapshot: n },
        said: ({ session, before }) =>
          `${oneLine(session.name)} is as in snapshot ${n}; before, it was saved as snapshot ${before}`,
      },
    },
  )
}

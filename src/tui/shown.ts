/** What the person has before their eyes, as the supervisor is told. Pure. */
import { type Board, rowsOf } from './board.ts'
import { reviewUnder } from './reviewing/begin.ts'

/** @param shown for each line on the screen the id of the row it shows */
export function shownOn(
  board: Board,
  { ids }: { ids: readonly (string | null)[] },
): { items: string[]; sessions: string[] } {
  const { mode } = board
  if (mode.at === 'item') return { items: [mode.item.id], sessions: [] }
  // Of what is reviewed everything is shown, as on its page in a browser.
  const review = reviewUnder(mode)
  if (review !== null) return { items: [], sessions: [review.session.id] }
  const visible = new Set(ids)
  const items = rowsOf(board).flatMap((row) => {
    if (!('id' in row) || !visible.has(row.id)) return []
    return row.is === 'train' ? [row.id] : row.session.attention.map(({ id }) => id)
  })
  return { items, sessions: [] }
}

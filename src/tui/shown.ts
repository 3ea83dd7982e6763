/** Which attention items the person has before their eyes. Pure. */
import { type Board, rowsOf } from './board.ts'

/** @param shown for each line on the screen the id of the row it shows */
export function shownItems(board: Board, { ids }: { ids: readonly (string | null)[] }): string[] {
  const { mode } = board
  if (mode.at === 'item') return [mode.item.id]
  const visible = new Set(ids)
  return rowsOf(board).flatMap((row) => {
    if (!('id' in row) || !visible.has(row.id)) return []
    return row.is === 'train' ? [row.id] : row.session.attention.map(({ id }) => id)
  })
}

/** What is shown where the board has no room. Pure. */
import { truncate } from '../../terminal/text.ts'

/** Columns and rows without which what is to be settled would be cut by the keys that settle it. */
const COLUMNS_LEAST = 40
const ROWS_LEAST = 8

export interface Size {
  columns: number
  rows: number
}

/** Keys that count while nothing of the board is seen. */
export const LEAVING: readonly string[] = ['q', 'Ctrl-C', 'Ctrl-D']

/** @returns the whole screen, saying so; null: there is room */
export function cramped({ columns, rows }: Size): string[] | null {
  if (columns >= COLUMNS_LEAST && rows >= ROWS_LEAST) return null
  return [`${columns}x${rows} is too small`, `it takes ${COLUMNS_LEAST}x${ROWS_LEAST}`, 'q leaves']
    .slice(0, Math.max(1, rows))
    .map((line) => truncate(line, columns))
}

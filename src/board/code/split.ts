/** The lines of a hunk as rows of a table. Pure. */
import type { ReviewLine } from '../../protocol/review.ts'

/** A row of two columns; null: that side has nothing here. */
export interface SplitRow {
  old: ReviewLine | null
  new: ReviewLine | null
}

/** What was taken away stands beside what came in its place, in order. */
export function splitRows(lines: readonly ReviewLine[]): SplitRow[] {
  const rows: SplitRow[] = []
  let removed: ReviewLine[] = []
  let added: ReviewLine[] = []
  const flush = (): void => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++)
      rows.push({ old: removed[i] ?? null, new: added[i] ?? null })
    removed = []
    added = []
  }
  for (const line of lines) {
    if (line.kind === 'same') {
      flush()
      rows.push({ old: line, new: line })
      continue
    }
    // A removal after an addition begins a change of its own.
    if (line.kind === 'removed' && added.length > 0) flush()
    ;(line.kind === 'removed' ? removed : added).push(line)
  }
  flush()
  return rows
}

/** Where a hunk of a review stands. Pure. */
import type { ReviewHunk } from './review.ts'

/** The line that it begins at: of what is there now, and where nothing is left, of what was. */
export const startOf = ({ newStart, newLines, oldStart }: ReviewHunk): number =>
  newLines === 0 ? oldStart : newStart

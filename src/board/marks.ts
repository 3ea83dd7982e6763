/** What the person has gone through of a review, as it is known between two looks. Pure. */
import type { Recorded } from '../protocol/events.ts'
import type { ReviewFile, ReviewView } from '../protocol/review.ts'

/** Has the person gone through the file as it is? */
export function isMarked(
  { marks }: Pick<ReviewView, 'marks'>,
  { change }: Pick<ReviewFile, 'change'>,
): boolean {
  return marks.includes(change)
}

/** The view after a file was gone through, or that was taken back. */
export function withMark(view: ReviewView, change: string, marked: boolean): ReviewView {
  if (isMarked(view, { change }) === marked) return view
  const marks = marked ? [...view.marks, change] : view.marks.filter((mark) => mark !== change)
  return { ...view, marks }
}

/** A mark that an event tells of: nothing else of the review is another by it. Null: it tells of something else. */
export function markOf({ type, data }: Recorded): { change: string; marked: boolean } | null {
  if (type !== 'review.marked' && type !== 'review.unmarked') return null
  return { change: data.change, marked: type === 'review.marked' }
}

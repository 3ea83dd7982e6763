/** Says when new work waits because finished work waits for the person. */
import type { ReviewLoad } from '../../protocol/attention.ts'
import { baseName } from '../../board/words.ts'
import { oneLine } from '../words.ts'

export function ReviewLimit({ load: { repository, limit, unreviewed, held } }: { load: ReviewLoad }) {
  if (held.length === 0) return null
  const names = (all: readonly string[]): string => oneLine(all.join(', '))
  return (
    <p className="stands">
      {unreviewed.length} of {limit} sessions of {oneLine(baseName(repository.root))} may wait for your review
      ({names(unreviewed)}): {names(held)} {held.length === 1 ? 'starts' : 'start'} once you have looked at
      one.
    </p>
  )
}

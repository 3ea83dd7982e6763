/** One file of a review. */
import { useRef, useState } from 'react'
import { isMarked } from '../../../board/marks.ts'
import { endOf, lineKey } from '../../../board/place.ts'
import type { ReviewFile } from '../../../protocol/review.ts'
import { useActing } from '../../act.ts'
import { client } from '../../connection.ts'
import { useReviewing } from '../../change/reviewing.ts'
import { oneLine } from '../../words.ts'
import { Barred } from '../barred.tsx'
import { Failed } from '../failed.tsx'
import { Offered } from '../offered.tsx'
import { CommentCard } from './comment.tsx'
import { HunkView } from './hunk.tsx'

/** More lines than this are closed at first. */
const LONG = 500
/** Unchanged lines around a change, where the whole file is asked for. */
const ALL_AROUND = 1000

export function FileView({ file }: { file: ReviewFile }) {
  const { ref, view, fetchWhole, place } = useReviewing()
  const lines = file.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0)
  const marked = isMarked(view, file)
  const [open, setOpen] = useState(file.folded === null && lines <= LONG && !marked)
  const acting = useActing('review')
  const comments = view.comments.filter(({ path }) => path === file.path)
  const shown = linesOf(file)
  const elsewhere = comments.filter(
    ({ side, line, code }) => line === null || !shown.has(endOf({ side, line, count: code.length })),
  )
  const whole = useRef<HTMLDetailsElement>(null)
  const marking = useActing('reviewMark')
  const turnMark = async (): Promise<void> => {
    const { path, change } = file
    await client.call('reviewMark', { ...ref, path, change, marked: !marked })
    if (marked) return
    // What had the focus goes away with the rest of the file: its place in the review stays.
    if (whole.current?.contains(document.activeElement)) whole.current.querySelector('summary')?.focus()
    setOpen(false)
  }
  const fetchIt = (context: number): void => acting.run(() => fetchWhole(file.path, context))
  return (
    <details
      ref={whole}
      className="file"
      data-path={file.path}
      open={open || place?.path === file.path}
      onToggle={(event) => {
        setOpen(event.currentTarget.open)
        if (event.currentTarget.open && file.folded !== null && lines === 0) fetchIt(3)
      }}
    >
      <summary>
        <span className="path">
          {file.from !== null && <span className="soft">{oneLine(file.from, 500)} → </span>}
          {oneLine(file.path, 500)}
        </span>
        <span className="soft facts">{factsOf(file).join(', ')}</span>
        {comments.length > 0 && (
          <span className="tool">
            {comments.length} {comments.length === 1 ? 'comment' : 'comments'}
          </span>
        )}
        {marked && <span className="soft">✓ gone through</span>}
        <span className="size">
          {Boolean(file.added) && <ins>+{file.added}</ins>}{' '}
          {Boolean(file.removed) && <del>−{file.removed}</del>}
        </span>
      </summary>
      {open && (
        <>
          {file.hunks.map((hunk) => (
            <HunkView key={`${hunk.oldStart}:${hunk.newStart}`} file={file} hunk={hunk} comments={comments} />
          ))}
          {elsewhere.map((comment) => (
            <CommentCard key={comment.id} comment={comment} away />
          ))}
          <div className="file-foot soft">
            <Offered>
              <button
                type="button"
                className="plain mark"
                aria-pressed={marked}
                disabled={marking.busy}
                onClick={() => marking.run(turnMark)}
              >
                Gone through
                <kbd aria-hidden="true">m</kbd>
              </button>
            </Offered>
            <Barred why={marking.barred} />
            <Failed why={marking.failed} />
            {file.kind === 'text' && (
              <>
                {file.omitted !== null && <span>{oneLine(file.omitted)} </span>}
                {file.added !== null && (
                  <button
                    type="button"
                    className="plain"
                    disabled={acting.busy}
                    onClick={() => fetchIt(file.omitted === null ? ALL_AROUND : 3)}
                  >
                    {file.omitted === null ? 'The whole file' : 'Show it all the same'}
                  </button>
                )}
                <Failed why={acting.failed} />
              </>
            )}
          </div>
        </>
      )}
    </details>
  )
}

/** The lines that comments can stand below. */
function linesOf({ hunks }: ReviewFile): Set<string> {
  return new Set(
    hunks.flatMap(({ lines }) =>
      lines.map(({ kind, old, new: now }) =>
        kind === 'removed' ? lineKey('old', old ?? 0) : lineKey('new', now ?? 0),
      ),
    ),
  )
}

function factsOf({
  status,
  similarity,
  oldMode,
  newMode,
  kind,
  oldSize,
  newSize,
  folded,
}: ReviewFile): string[] {
  return [
    ...(status === 'modified' ? [] : [status]),
    ...(similarity === null || similarity === 100 ? [] : [`${similarity} % the same`]),
    ...(oldMode !== null && newMode !== null && oldMode !== newMode ? [`mode ${oldMode} → ${newMode}`] : []),
    ...(kind === 'text' ? [] : [kind]),
    ...(kind === 'binary' ? [`${oldSize ?? 0} → ${newSize ?? 0} bytes`] : []),
    ...(folded === null ? [] : [oneLine(folded)]),
  ]
}

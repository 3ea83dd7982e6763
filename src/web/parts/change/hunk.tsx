/** The lines of a hunk, one below the other or side by side, with the comments on them. */
import { type ReactNode, memo } from 'react'
import { endOf, lineKey, placeOf, uncommentable } from '../../../board/place.ts'
import { startOf } from '../../../protocol/hunk.ts'
import type { ReviewComment, ReviewFile, ReviewHunk, ReviewLine } from '../../../protocol/review.ts'
import type { Span } from '../../../board/code/pieces.ts'
import { looksOnly } from '../../connection.ts'
import { type Reviewing, useReviewing } from '../../change/reviewing.ts'
import { splitRows } from '../../../board/code/split.ts'
import { useColours } from '../../change/syntax.ts'
import { oneLine } from '../../words.ts'
import { Code } from './code.tsx'
import { CommentCard, CommentForm } from './comment.tsx'
import { TurnChip } from './turn-chip.tsx'

interface Shown {
  file: ReviewFile
  hunk: ReviewHunk
  comments: readonly ReviewComment[]
}

export function HunkView({ file, hunk, comments }: Shown) {
  const { split, place, write, view } = useReviewing()
  return (
    <Hunk
      {...{ file, hunk, comments, split, write, turns: view.turns }}
      closed={uncommentable(view) !== null || looksOnly()}
      place={place?.path === file.path ? place : null}
    />
  )
}

type Part = Shown &
  Pick<Reviewing, 'split' | 'place' | 'write'> & {
    turns: Reviewing['view']['turns']
    /** Can its lines not be commented? */
    closed: boolean
  }

/** Hunks that a comment is not about do not change while one is written. */
const Hunk = memo(function Hunk({ file, hunk, comments, split, place, write, turns, closed }: Part) {
  const colours = useColours(file.path, hunk)
  const several = hunk.turns.length > 1
  const columns = split ? 4 : several ? 4 : 3
  const button = (line: ReviewLine, side: 'old' | 'new'): ReactNode => {
    const at = placeOf(file.path, line)
    const number = line[side]
    if (at === null || number === null) return null
    if (closed) return number
    return (
      <button
        type="button"
        data-line={at.side === side ? lineKey(side, number) : undefined}
        tabIndex={-1}
        aria-label={`Comment on line ${number}${side === 'old' && at.side === 'old' ? ', which is taken away' : ''}`}
        onClick={(event) => write(at, event.shiftKey)}
      >
        {number}
      </button>
    )
  }
  const below = (line: ReviewLine): ReactNode => {
    const key = line.kind === 'removed' ? lineKey('old', line.old ?? 0) : lineKey('new', line.new ?? 0)
    const here = comments.filter(
      ({ side, line: at, code }) => at !== null && endOf({ side, line: at, count: code.length }) === key,
    )
    const writing = place !== null && endOf(place) === key
    if (here.length === 0 && !writing) return null
    return (
      <tr className="said" key={`said ${key}`}>
        <td colSpan={columns}>
          {here.map((comment) => (
            <CommentCard key={comment.id} comment={comment} />
          ))}
          {writing && <CommentForm place={place} />}
        </td>
      </tr>
    )
  }
  const spans = (line: ReviewLine): readonly Span[] => colours.get(line) ?? []
  return (
    <table className={split ? 'split' : 'unified'}>
      <caption>
        <span>line {startOf(hunk)}</span> {hunk.heading !== '' && <code>{oneLine(hunk.heading)}</code>}{' '}
        {hunk.turns.map((n) => (
          <TurnChip key={n} n={n} turn={turns.find((turn) => turn.n === n)} />
        ))}
      </caption>
      <tbody>
        {split
          ? splitRows(hunk.lines).flatMap(({ old, new: now }, i) => [
              <tr key={i}>
                <td className={`no ${old?.kind ?? 'none'}`}>{old && button(old, 'old')}</td>
                <td className={`code ${old?.kind ?? 'none'}`}>
                  {old && <Code line={old} spans={spans(old)} />}
                </td>
                <td className={`no ${now?.kind ?? 'none'}`}>{now && button(now, 'new')}</td>
                <td className={`code ${now?.kind ?? 'none'}`}>
                  {now && <Code line={now} spans={spans(now)} />}
                </td>
              </tr>,
              old !== null && old !== now && below(old),
              now !== null && below(now),
            ])
          : hunk.lines.flatMap((line, i) => [
              <tr key={i} className={line.kind}>
                <td className="no">{button(line, 'old')}</td>
                <td className="no">{button(line, 'new')}</td>
                {several && (
                  <td className="of-turn">{typeof line.turn === 'number' ? `t${line.turn}` : ''}</td>
                )}
                <td className="code">
                  <Code line={line} spans={spans(line)} sign />
                </td>
              </tr>,
              below(line),
            ])}
      </tbody>
    </table>
  )
})

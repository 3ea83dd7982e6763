/** A line of code: its colours, the words that changed, and what cannot be seen made visible. */
import { memo } from 'react'
import type { ReviewLine } from '../../../protocol/review.ts'
import { piecesOf, type Span } from '../../../board/code/pieces.ts'
import { visible } from '../../words.ts'

const SIGNS = { added: '+', removed: '−', same: ' ' } as const

export const Code = memo(function Code({
  line,
  spans,
  sign = false,
}: {
  line: ReviewLine
  spans: readonly Span[]
  sign?: boolean
}) {
  return (
    <>
      {sign && <span className="sign">{SIGNS[line.kind]}</span>}
      {piecesOf(line.text, spans, line.words ?? []).map(({ text, kind, word }, i) =>
        kind === '' && !word ? (
          visible(text)
        ) : (
          <span key={i} className={`${kind === '' ? '' : `k-${kind}`}${word ? ' word' : ''}`}>
            {visible(text)}
          </span>
        ),
      )}
      {line.cut !== undefined && <span className="soft"> … {line.cut} more characters</span>}
      {line.noNewline && <span className="soft"> (no line feed at the end)</span>}
    </>
  )
})

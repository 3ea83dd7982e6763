/** The turn that lines came from, and its prompt; pressed, it alone is shown. */
import type { ReviewTurn } from '../../../protocol/review.ts'
import { originOf } from '../../change/origin.ts'
import { useReviewing } from '../../change/reviewing.ts'
import { oneLine, visible } from '../../words.ts'

/** Characters of a prompt. */
const SHOWN = 70

export function TurnChip({ n, turn }: { n: number; turn: ReviewTurn | undefined }) {
  const { ask } = useReviewing()
  if (turn === undefined) return <span className="turn">turn {n}</span>
  const { who, prompt } = originOf(turn)
  return (
    <button
      type="button"
      className="turn"
      title={visible(prompt.slice(0, 1500))}
      disabled={turn.snapshot === null}
      onClick={() => ask({ against: 'base', turns: { first: n, last: n } })}
    >
      turn {n} · {who}
      {prompt !== '' && `: ${oneLine(prompt.split('\n')[0] ?? '', SHOWN)}`}
    </button>
  )
}

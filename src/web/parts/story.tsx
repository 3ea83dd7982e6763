/** How a session came to where it is, each step with who saw it. */
import type { SessionView } from '../../protocol/api.ts'
import { reviewTimeSaid } from '../../protocol/review-time.ts'
import { useAnswer } from '../asked.ts'
import { useBoard } from '../store.ts'
import { age, visible } from '../words.ts'
import { Age } from './age.tsx'
import { Failed } from './failed.tsx'

export function Story({ session }: { session: SessionView }) {
  const { seq } = useBoard()
  const { answer: why, failed } = useAnswer('why', { repo: null, name: session.id }, String(seq))
  if (why === null) return <Failed why={failed} />
  return (
    <>
      {why.review && <p className="soft">Review: {reviewTimeSaid(why.review, age)}</p>}
      <ol className="story" reversed>
        {why.story.toReversed().map((step) => (
          <li key={step.seq}>
            <Age at={step.at} />
            <span>{visible(step.what)}</span>
            <span className="soft">{step.source}</span>
          </li>
        ))}
      </ol>
    </>
  )
}

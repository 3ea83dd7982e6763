/** How a session came to where it is, each step with who saw it. */
import { useEffect, useState } from 'react'
import type { SessionView, WhyView } from '../../protocol/api.ts'
import { client, sentenceOf } from '../connection.ts'
import { useBoard } from '../store.ts'
import { visible } from '../words.ts'
import { Age } from './age.tsx'

export function Story({ session }: { session: SessionView }) {
  const { seq } = useBoard()
  const [why, setWhy] = useState<WhyView | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  useEffect(() => {
    let wanted = true
    client
      .call('why', { repo: null, name: session.id })
      .then((found) => wanted && setWhy(found))
      .catch((error: unknown) => wanted && setFailed(sentenceOf(error)))
    return () => {
      wanted = false
    }
  }, [session.id, seq])
  if (failed !== null && why === null) return <p className="failed">{failed}</p>
  return (
    <ol className="story" reversed>
      {why?.story.toReversed().map((step) => (
        <li key={step.seq}>
          <Age at={step.at} />
          <span>{visible(step.what)}</span>
          <span className="soft">{step.source}</span>
        </li>
      ))}
    </ol>
  )
}

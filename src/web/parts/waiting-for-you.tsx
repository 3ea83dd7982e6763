/** All of a session that waits for the person, most urgent first. */
import type { SessionView } from '../../protocol/api.ts'
import { QuestionPanel } from './question.tsx'
import { Settle } from './settle.tsx'

const ASKED = ['permission', 'question', 'plan']

/** @param keys whether the keys of the page mean the first of them */
export function WaitingForYou({ session, keys }: { session: SessionView; keys: boolean }) {
  const { question, attention } = session
  const others = question === null ? attention : attention.filter(({ kind }) => !ASKED.includes(kind))
  return (
    <>
      {question !== null && (
        <QuestionPanel key={question.id} session={session} question={question} keys={keys} />
      )}
      {others.map((item, i) => (
        <Settle key={item.id} item={item} keys={keys && question === null && i === 0} />
      ))}
    </>
  )
}

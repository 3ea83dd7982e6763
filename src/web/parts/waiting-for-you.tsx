/** All of a session that waits for the person, most urgent first. */
import type { SessionView } from '../../protocol/api.ts'
import { QuestionPanel } from './question.tsx'
import { Settle } from './settle.tsx'

const ASKED = ['permission', 'question', 'plan']

/** What a review settles. */
const REVIEWED = ['ready', 'done']

/**
 * @param keys whether the keys of the page mean the first of them
 * @param taken keys that the page has itself
 * @param reviewing whether the review is on the page, which settles finished work itself
 */
export function WaitingForYou({
  session,
  keys,
  taken,
  reviewing = false,
}: {
  session: SessionView
  keys: boolean
  taken: string
  reviewing?: boolean
}) {
  const { question, attention } = session
  const elsewhere = [...(question === null ? [] : ASKED), ...(reviewing ? REVIEWED : [])]
  const others = attention.filter(({ kind }) => !elsewhere.includes(kind))
  return (
    <>
      {question !== null && (
        <QuestionPanel key={question.id} session={session} question={question} keys={keys} />
      )}
      {others.map((item, i) => (
        <Settle key={item.id} item={item} keys={keys && question === null && i === 0} taken={taken} />
      ))}
    </>
  )
}

/** A question of an agent, and the buttons that settle it where it stands. */
import { useEffect, useState } from 'react'
import type { SessionView } from '../../protocol/api.ts'
import type { Answer, Question } from '../../protocol/session.ts'
import { type Acting, useActing } from '../act.ts'
import { barred, client, looksOnly } from '../connection.ts'
import { useKeys } from '../keys.ts'
import { settled } from '../next.ts'
import { show } from '../store.ts'
import { visible } from '../words.ts'
import { Barred } from './barred.tsx'
import { Choices } from './choices.tsx'
import { Hint } from './hint.tsx'
import { Failed } from './failed.tsx'

/** @param keys whether the keys of the board mean this question */
export function QuestionPanel({
  session,
  question,
  keys,
}: {
  session: SessionView
  question: Question
  keys: boolean
}) {
  const acting = useActing('answer')
  const answer = (given: Answer): void =>
    acting.run(async () => {
      const of = { repo: null, name: session.id, question: question.id }
      show(await client.call('answer', { ...of, answer: given }))
      await settled(session.id)
    })
  return (
    <section className="question" data-question={question.id} aria-label={`${session.name} asks`}>
      <Asked question={question} />
      {question.kind === 'question' ? (
        <Choices question={question} keys={keys} acting={acting} answer={answer} />
      ) : looksOnly() ? null : (
        <Permission session={session} question={question} keys={keys} acting={acting} answer={answer} />
      )}
      <Barred why={acting.barred} />
      <Failed why={acting.failed} />
    </section>
  )
}

/** What would be done, whole: nobody should allow what cannot be seen. */
function Asked({ question }: { question: Question }) {
  if (question.kind === 'question') return null
  const text = wholeOf(question)
  return (
    <>
      <p className="asked">
        <span className="tool">{question.kind === 'plan' ? 'Plan' : visible(question.tool)}</span>{' '}
        {/* Of a permission it begins with the tool. */}
        {text === null ? visible(question.summary.replace(`${question.tool}: `, '')) : null}
      </p>
      {text !== null && (
        <pre className={question.kind === 'plan' ? 'whole plan' : 'whole'} tabIndex={0}>
          {visible(text)}
        </pre>
      )}
    </>
  )
}

/** The part of a tool's input that a person judges by; else all of it. */
function wholeOf({ input, kind }: Question): string | null {
  if (typeof input !== 'object' || input === null) return null
  const { plan, command, ...rest } = input as Record<string, unknown>
  if (kind === 'plan' && typeof plan === 'string') return plan
  if (typeof command === 'string') return command
  const others = { ...rest, ...(plan === undefined ? {} : { plan }) }
  return Object.keys(others).length === 0 ? null : JSON.stringify(others, null, 2)
}

interface Settling {
  question: Question
  keys: boolean
  acting: Acting
  answer: (answer: Answer) => void
}

function Permission({ session, question, keys, acting, answer }: Settling & { session: SessionView }) {
  const [denying, setDenying] = useState(false)
  const [reason, setReason] = useState('')
  const plan = question.kind === 'plan'
  const noAlways = barred('answer', { answer: { kind: 'allow', always: true } })
  useEffect(() => setDenying(false), [question.id])
  useKeys(
    keys
      ? [
          { key: 'a', does: 'allow once', run: () => answer({ kind: 'allow', always: false }) },
          ...(plan || noAlways !== null
            ? []
            : [{ key: 'A', does: 'always', run: () => answer({ kind: 'allow', always: true }) }]),
          { key: 'd', does: 'deny', run: () => setDenying(true) },
        ]
      : [],
    keys ? question.id : null,
  )
  if (denying)
    return (
      <form
        className="deny"
        onSubmit={(event) => {
          event.preventDefault()
          answer({ kind: 'deny', reason })
        }}
      >
        <input
          autoFocus
          aria-label={plan ? 'What should change' : 'Why not, and what to do instead'}
          placeholder={plan ? 'what should change' : 'why not, and what to do instead'}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && setDenying(false)}
        />
        <button type="submit" disabled={acting.busy}>
          {plan ? 'Send back' : 'Deny'}
        </button>
        <button type="button" className="plain" onClick={() => setDenying(false)}>
          Back
        </button>
      </form>
    )
  return (
    <div className="actions">
      <button
        type="button"
        className="main"
        disabled={acting.busy}
        onClick={() => answer({ kind: 'allow', always: false })}
      >
        {plan ? 'Approve' : 'Allow once'} <Hint keys={keys}>a</Hint>
      </button>
      {!plan && (
        <button
          type="button"
          disabled={acting.busy || noAlways !== null}
          title={session.always ? `in this repository: ${visible(session.always)}` : 'in this session'}
          onClick={() => answer({ kind: 'allow', always: true })}
        >
          Always <Hint keys={keys}>A</Hint>
        </button>
      )}
      <button type="button" disabled={acting.busy} onClick={() => setDenying(true)}>
        {plan ? 'Change…' : 'Deny…'} <Hint keys={keys}>d</Hint>
      </button>
      {!plan && session.always && <span className="soft rule">always: {visible(session.always)}</span>}
      {!plan && acting.barred === null && <Barred why={noAlways} />}
    </div>
  )
}

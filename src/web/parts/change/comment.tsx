/** A comment with what became of it, and the form that makes one. */
import { useState } from 'react'
import type { Place } from '../../../board/place.ts'
import type { ReviewComment } from '../../../protocol/review.ts'
import { useActing } from '../../act.ts'
import { client } from '../../connection.ts'
import { useReviewing } from '../../change/reviewing.ts'
import { oneLine, visible } from '../../words.ts'
import { Offered } from '../offered.tsx'
import { Failed } from '../failed.tsx'

const STATES: Record<ReviewComment['state'], string> = {
  draft: 'draft',
  sent: 'sent',
  answered: 'answered',
  done: 'the agent says it is done',
  resolved: 'resolved',
}

/** @param away it stands apart from its lines */
export function CommentCard({ comment, away = false }: { comment: ReviewComment; away?: boolean }) {
  const { ref } = useReviewing()
  const [editing, edit] = useState(false)
  const acting = useActing('comment')
  const { id, state, side, changed, line, code, writtenAt } = comment
  const of = { ...ref, comment: id }
  const run = (work: () => Promise<unknown>) => () => acting.run(async () => void (await work()))
  if (editing)
    return (
      <Writing
        text={comment.text}
        label={`Comment ${id}`}
        save={async (text) => void (await client.call('commentReword', { ...of, text }))}
        close={() => edit(false)}
      />
    )
  return (
    <article className={`comment ${state}`} aria-label={`Comment ${id}`}>
      <header>
        <span className="tool">{id}</span> {STATES[state]}
        {state === 'done' && side === 'new' && !changed && (
          <span className="warn">, but nothing has changed there</span>
        )}
        {away && line === null && (
          <span className="soft">
            {side === 'new' ? ', outdated' : ''}: line {writtenAt} was{' '}
            <code>{oneLine(code[0] ?? '', 120)}</code>
          </span>
        )}
        {away && line !== null && <span className="soft">, on line {line}</span>}
      </header>
      <p>{visible(comment.text)}</p>
      {comment.replies.map((reply) => (
        <p key={reply.at} className="reply">
          <span className="tool">agent, {reply.status}</span> {visible(reply.text)}
        </p>
      ))}
      <Offered>
        <div className="actions small">
          {state === 'draft' ? (
            <>
              <button type="button" disabled={acting.busy} onClick={() => edit(true)}>
                Edit
              </button>
              <button
                type="button"
                disabled={acting.busy}
                onClick={run(() => client.call('commentRemove', of))}
              >
                Remove
              </button>
            </>
          ) : (
            <button
              type="button"
              disabled={acting.busy}
              onClick={run(() => client.call('commentResolve', { ...of, resolved: state !== 'resolved' }))}
            >
              {state === 'resolved' ? 'Open again' : 'Resolve'}
            </button>
          )}
          <Failed why={acting.failed} />
        </div>
      </Offered>
    </article>
  )
}

export function CommentForm({ place }: { place: Place }) {
  const { ref, view, write } = useReviewing()
  const { side, line, count } = place
  const lines = count === 1 ? `line ${line}` : `lines ${line} to ${line + count - 1}`
  return (
    <Writing
      text=""
      label={`Comment on ${lines}${side === 'old' ? ', before the change' : ''}`}
      save={async (text) => {
        const commit = side === 'new' ? view.to.commit : view.from.commit
        await client.call('comment', { ...ref, ...place, text, commit })
      }}
      close={() => write(null)}
    />
  )
}

function Writing({
  text: before,
  label,
  save,
  close,
}: {
  text: string
  label: string
  save: (text: string) => Promise<void>
  close: () => void
}) {
  const [text, setText] = useState(before)
  const acting = useActing('comment')
  const submit = (): void => {
    if (text.trim() === '') return
    acting.run(async () => {
      await save(text)
      close()
    })
  }
  return (
    <form
      className="comment writing"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <textarea
        autoFocus
        rows={3}
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') close()
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) submit()
        }}
      />
      <div className="actions small">
        <button type="submit" className="main" disabled={acting.busy || text.trim() === ''}>
          Keep <kbd>Ctrl Enter</kbd>
        </button>
        <button type="button" className="plain" onClick={close}>
          Back
        </button>
        <Failed why={acting.failed} />
      </div>
    </form>
  )
}

/** A message to the session: delivered when its agent can take it. */
import { useRef, useState } from 'react'
import type { SessionView } from '../../protocol/api.ts'
import { useActing } from '../act.ts'
import { client } from '../connection.ts'
import { useKept } from '../kept.ts'
import { useKeys } from '../keys.ts'

export function Say({ session }: { session: SessionView }) {
  const [text, setText] = useKept(`message ${session.id}`, '')
  const [sent, setSent] = useState(false)
  const acting = useActing('send')
  const box = useRef<HTMLTextAreaElement>(null)
  useKeys([{ key: 'm', does: 'message', run: () => box.current?.focus() }])
  const send = (): void => {
    if (text.trim() === '') return
    acting.run(async () => {
      const session_ = await client.call('send', { repo: null, name: session.id, text })
      setText('')
      setSent(true)
      return session_
    })
  }
  return (
    <form
      className="say"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        ref={box}
        rows={2}
        aria-label={`Message to ${session.name}`}
        placeholder="Message to the session"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setSent(false)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) send()
        }}
      />
      <div className="actions">
        <button type="submit" disabled={acting.busy || text.trim() === ''}>
          Send
        </button>
        <span className="soft" role="status">
          {acting.failed ?? acting.barred ?? (sent ? taken(session) : 'Ctrl Enter sends')}
        </span>
      </div>
    </form>
  )
}

const taken = ({ queued }: SessionView): string => (queued > 0 ? 'It gets it when it is idle.' : 'It has it.')

/** What of a session is the person's own: its name, a note on it, a place at the top of its group. */
import { useState } from 'react'
import type { SessionView } from '../../protocol/api.ts'
import { useActing } from '../act.ts'
import { barred, client } from '../connection.ts'
import { useKeys } from '../keys.ts'
import { Hint } from './hint.tsx'
import { Offered } from './offered.tsx'
import { Failed } from './failed.tsx'

/** Keys of these, wherever they are. */
export const OWN_KEYS = 'peo'

/**
 * @param keys whether the keys of the page mean this session
 * @param buttons whether there are buttons as well
 */
export function Own({ session, keys, buttons }: { session: SessionView; keys: boolean; buttons: boolean }) {
  const [writing, write] = useState<'rename' | 'note' | null>(null)
  const acting = useActing('pin')
  const pin = (): void =>
    acting.run(() => client.call('pin', { repo: null, name: session.id, pinned: !session.pinned }))
  const begin = (what: 'rename' | 'note') => () => barred(what) === null && write(what)
  useKeys(
    keys
      ? [
          { key: 'p', does: 'pin', run: pin },
          { key: 'e', does: 'rename', run: begin('rename') },
          { key: 'o', does: 'note', run: begin('note') },
        ]
      : [],
  )
  return (
    <Offered>
      {writing !== null && <Writing session={session} what={writing} close={() => write(null)} />}
      {buttons && writing === null && (
        <div className="actions small">
          <button type="button" aria-pressed={session.pinned} disabled={acting.busy} onClick={pin}>
            {session.pinned ? 'Unpin' : 'Pin'} <Hint keys={keys}>p</Hint>
          </button>
          <button type="button" disabled={barred('rename') !== null} onClick={begin('rename')}>
            Rename <Hint keys={keys}>e</Hint>
          </button>
          <button type="button" disabled={barred('note') !== null} onClick={begin('note')}>
            Note <Hint keys={keys}>o</Hint>
          </button>
        </div>
      )}
      <Failed why={acting.failed} />
    </Offered>
  )
}

function Writing({
  session,
  what,
  close,
}: {
  session: SessionView
  what: 'rename' | 'note'
  close: () => void
}) {
  const [text, setText] = useState(what === 'rename' ? session.name : session.note)
  const acting = useActing(what)
  const of = { repo: null, name: session.id }
  const label = what === 'rename' ? `New name of ${session.name}` : `Note on ${session.name}`
  return (
    <form
      className="own"
      onSubmit={(event) => {
        event.preventDefault()
        acting.run(async () => {
          const changed =
            what === 'rename'
              ? await client.call('rename', { ...of, to: text.trim() })
              : await client.call('note', { ...of, note: text.trim() })
          close()
          return changed
        })
      }}
    >
      <input
        autoFocus
        required={what === 'rename'}
        aria-label={label}
        placeholder={what === 'rename' ? 'its new name' : 'your note; nothing takes it away'}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && close()}
      />
      <button type="submit" disabled={acting.busy}>
        {what === 'rename' ? 'Rename' : 'Keep'}
      </button>
      <button type="button" className="plain" onClick={close}>
        Back
      </button>
      <Failed why={acting.failed} />
    </form>
  )
}

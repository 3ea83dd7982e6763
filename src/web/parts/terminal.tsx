/** The live terminal of a session: with input, or on a phone as text. */
import { useEffect, useRef, useState } from 'react'
import '@xterm/xterm/css/xterm.css'
import type { SessionView } from '../../protocol/api.ts'
import { phone } from '../connection.ts'
import { useKeys } from '../keys.ts'
import { type Screen, type ScreenState, showScreen } from '../screen.ts'
import { oneLine } from '../words.ts'
import { Age } from './age.tsx'
import { WatchedTerminal } from './watched-terminal.tsx'

interface Shown {
  session: SessionView
  /** The key that goes into it. */
  typing?: string
}

export function TerminalView(shown: Shown) {
  return phone() ? <WatchedTerminal session={shown.session} /> : <TypedTerminal {...shown} />
}

function TypedTerminal({ session, typing = 'i' }: Shown) {
  const place = useRef<HTMLDivElement>(null)
  const screen = useRef<Screen>(null)
  const [state, setState] = useState<ScreenState>({ state: 'connecting' })
  const [link, setLink] = useState<string | null>(null)
  const { id } = session
  const { generation } = session.process

  useEffect(() => {
    if (place.current === null) return
    const shown = showScreen(place.current, { id }, setState, (url) => setLink(url))
    screen.current = shown
    return () => shown.close()
    // Another process of the session is another terminal.
  }, [id, generation])
  useKeys([{ key: typing, does: 'type into the terminal', run: () => screen.current?.focus() }])

  return (
    <div className="seat" data-state={state.state}>
      <div className="screen" role="region" aria-label={`Terminal of ${session.name}`}>
        <div ref={place} className="place" />
      </div>
      <p className="screen-note" role="status">
        {state.state === 'connecting' && 'Connecting…'}
        {state.state === 'live' && (
          <>
            live
            <span className="keys">
              ; <kbd>{typing}</kbd> types into it, <kbd>Ctrl</kbd> <kbd>]</kbd> leaves it
            </span>
          </>
        )}
        {state.state === 'ended' && `The terminal has ended: ${oneLine(state.how)}`}
        {state.state === 'lost' && (
          <>
            Not connected: the screen is as of <Age at={state.since} /> ago. Trying again…
          </>
        )}
      </p>
      {link !== null && <LinkDialog url={link} close={() => setLink(null)} />}
    </div>
  )
}

/** A link that a program printed says one thing and may lead to another: it is shown whole before it is opened. */
function LinkDialog({ url, close }: { url: string; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} className="link" aria-labelledby="link-title" onClose={close}>
      <h2 id="link-title">Open this link?</h2>
      <p>A program in the terminal printed it.</p>
      <pre>{oneLine(url, 2000)}</pre>
      <form method="dialog" className="actions">
        <button
          type="submit"
          className="main"
          onClick={() => window.open(url, '_blank', 'noopener,noreferrer')}
        >
          Open in a new tab
        </button>
        <button type="submit" autoFocus>
          Back
        </button>
      </form>
    </dialog>
  )
}

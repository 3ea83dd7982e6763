/** What runs in the session's cell and can be opened: another origin than the board's, whatever it serves. */
import { useEffect, useState } from 'react'
import type { PreviewView, ServerView, SessionView } from '../../protocol/api.ts'
import { barred, client, sentenceOf } from '../connection.ts'
import { oneLine } from '../words.ts'
import { Age } from './age.tsx'

/** Between two looks while somebody looks at the page, ms. */
const LOOK_EVERY_MS = 5000

export function Running({ session }: { session: SessionView }) {
  const { id, process } = session
  const asks = process.state === 'running' && barred('preview') === null
  const { view, failed } = useLooks(id, asks)
  if (!asks) return null
  if (failed !== null) return <p className="warning">What runs in its cell is not known: {failed}</p>
  if (view === null || (view.servers.length === 0 && view.unseen === 0)) return null
  return (
    <section className="facts" aria-label="Running">
      <h2>Running</h2>
      {view.servers.map((server) => (
        <Server key={`${server.port} ${server.pid}`} server={server} />
      ))}
      {view.omitted > 0 && <p>{`${view.omitted} more ports.`}</p>}
      {view.unseen > 0 && (
        <p className="warning">{`There may be more: ${view.unseen} of its processes could not be looked at.`}</p>
      )}
      <p>
        Seen <Age at={view.at} /> ago.
      </p>
    </section>
  )
}

function Server({ server }: { server: ServerView }) {
  const { url, port, program, command, since, addresses, exposed } = server
  return (
    <p title={oneLine(command)}>
      {url === null ? (
        `Port ${port}`
      ) : (
        <a href={url} target="_blank" rel="noopener noreferrer">
          {url}
        </a>
      )}{' '}
      ({oneLine(program)}
      {since !== null && (
        <>
          , started <Age at={since} /> ago
        </>
      )}
      ){url === null && ' Another program listens there as well: which of them answers is not certain.'}
      {exposed && (
        <span className="warning">{` Open at ${addresses.join(' and ')}: the network reaches it.`}</span>
      )}
    </p>
  )
}

/** Looks as long as the page is before somebody's eyes; what a look does not confirm is not shown. */
function useLooks(id: string, asks: boolean): { view: PreviewView | null; failed: string | null } {
  const [seen, setSeen] = useState<{ view: PreviewView | null; failed: string | null }>(NOTHING)
  useEffect(() => {
    let wanted = asks
    let busy = false
    const look = (): void => {
      if (!wanted || busy || document.hidden) return
      busy = true
      client
        .call('preview', { repo: null, name: id })
        .then((view) => wanted && setSeen({ view, failed: null }))
        .catch((error: unknown) => wanted && setSeen({ view: null, failed: sentenceOf(error) }))
        .finally(() => (busy = false))
    }
    const shown = (): void => {
      // While nobody looked nobody asked: what was seen before is too old to be shown.
      if (document.hidden) setSeen(NOTHING)
      else look()
    }
    look()
    const timer = window.setInterval(look, LOOK_EVERY_MS)
    document.addEventListener('visibilitychange', shown)
    return () => {
      wanted = false
      clearInterval(timer)
      document.removeEventListener('visibilitychange', shown)
      setSeen(NOTHING)
    }
  }, [id, asks])
  return seen
}

const NOTHING = { view: null, failed: null }

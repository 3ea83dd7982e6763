/** Live terminals side by side: watched together, typed into one at a time. */
import { useEffect } from 'react'
import { grouped, inOrder } from '../../board/groups.ts'
import type { SessionView } from '../../protocol/api.ts'
import { Doing } from '../parts/facts.tsx'
import { Go } from '../parts/go.tsx'
import { TerminalView } from '../parts/terminal.tsx'
import { chosenForWatching, SIDE_BY_SIDE } from '../round.ts'
import { go } from '../router.ts'
import { useBoard } from '../store.ts'
import { oneLine } from '../words.ts'

/** @param of ids in their places; empty: chosen once, and from then on in the address */
export function TerminalsPage({ of }: { of: string[] }) {
  const { sessions, attention } = useBoard()
  const order = inOrder(grouped(sessions ?? [], '', attention?.items))
  const live = order.filter(({ process }) => process.state === 'running')
  const chosen = chosenForWatching(live).map(({ id }) => id)
  const first = of.length === 0 ? chosen.join(' ') : ''
  useEffect(() => {
    if (first !== '') go({ page: 'terminals', of: first.split(' ') }, { instead: true })
  }, [first])
  if (sessions === null) return <p className="empty">Looking…</p>
  if (of.length === 0) return <p className="empty">No session has a live terminal now.</p>
  const put = (place: number, id: string): void =>
    go({ page: 'terminals', of: of.map((each, i) => (i === place ? id : each)) }, { instead: true })
  return (
    <>
      <h1 className="unseen">Terminals</h1>
      <div className="terminals">
        {of.slice(0, SIDE_BY_SIDE).map((id, place) => (
          <Tile
            // Two places may show the same session.
            key={`${place} ${id}`}
            session={sessions.find((each) => each.id === id)}
            others={live}
            place={place}
            put={(other) => put(place, other)}
          />
        ))}
      </div>
    </>
  )
}

function Tile({
  session,
  others,
  place,
  put,
}: {
  session: SessionView | undefined
  others: readonly SessionView[]
  place: number
  put: (id: string) => void
}) {
  const shown = session === undefined || others.includes(session) ? others : [session, ...others]
  return (
    <section className="tile" aria-label={session === undefined ? 'Empty place' : oneLine(session.name)}>
      <header>
        <select
          aria-label={`Session in place ${place + 1}`}
          value={session?.id ?? ''}
          onChange={(event) => put(event.target.value)}
        >
          {session === undefined && <option value="">removed</option>}
          {shown.map(({ id, name }) => (
            <option key={id} value={id}>
              {oneLine(name)}
            </option>
          ))}
        </select>
        {session && <Doing session={session} />}
        {session && (
          <Go to={{ page: 'session', id: session.id }} className="soft">
            open
          </Go>
        )}
      </header>
      {session?.process.state === 'running' ? (
        <TerminalView session={session} typing={String(place + 1)} />
      ) : (
        <p className="empty">Its process has ended.</p>
      )}
    </section>
  )
}

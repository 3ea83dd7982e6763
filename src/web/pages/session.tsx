/** One session: what it asks, its terminal, its change, how it came there. */
import type { SessionView } from '../../protocol/api.ts'
import { standingOf, useActing } from '../act.ts'
import { barred, client } from '../connection.ts'
import { useKeys } from '../keys.ts'
import { Barred } from '../parts/barred.tsx'
import { Cell } from '../parts/cell.tsx'
import { Conversation } from '../parts/conversation.tsx'
import { EndedTerminal } from '../parts/ended-terminal.tsx'
import { Doing, Merges, Size } from '../parts/facts.tsx'
import { Offered } from '../parts/offered.tsx'
import { Own, OWN_KEYS } from '../parts/own.tsx'
import { Review } from '../parts/change/review.tsx'
import { Say } from '../parts/say.tsx'
import { Running } from '../parts/running.tsx'
import { SessionFacts } from '../parts/session-facts.tsx'
import { Came, Looks } from '../parts/spotlight.tsx'
import { Story } from '../parts/story.tsx'
import { TerminalView } from '../parts/terminal.tsx'
import { WaitingForYou } from '../parts/waiting-for-you.tsx'
import { type View, VIEWS } from '../address.ts'
import { useMoves } from '../moves.ts'
import { go, inRound } from '../router.ts'
import { useLooked } from '../showing.ts'
import { useBoard } from '../store.ts'
import { oneLine, visible } from '../words.ts'
import { Failed } from '../parts/failed.tsx'

export function SessionPage({ id, view }: { id: string; view: View }) {
  const { sessions } = useBoard()
  const session = sessions?.find((each) => each.id === id)
  useLooked(id, session?.attention.some(({ kind }) => kind === 'done') ?? false)
  const setView = (to: View): void => go({ page: 'session', id, view: to }, { round: inRound() })
  const turn = (by: number): void => {
    const at = VIEWS.indexOf(view) + by
    setView(VIEWS[(at + VIEWS.length) % VIEWS.length] ?? 'Terminal')
  }
  useKeys([
    { key: ']', does: 'next view', run: () => turn(1) },
    { key: '[', does: 'previous view', run: () => turn(-1) },
  ])
  if (sessions === null) return <p className="empty">Looking…</p>
  if (!session)
    return <p className="empty">There is no open session of this address. It may have been removed.</p>
  const live = session.process.state === 'running' || session.process.state === 'starting'
  return (
    <div className={view === 'Review' ? 'session reviewing' : 'session'}>
      <header className="session-head">
        <h1>{oneLine(session.name)}</h1>
        <Doing session={session} />
        <Size session={session} />
        <Merges session={session} />
        <Offered>
          <Actions session={session} live={live} />
        </Offered>
      </header>
      <div className="work">
        <div className="views" role="tablist" aria-label="Views of the session">
          {VIEWS.map((each) => (
            <button
              key={each}
              type="button"
              role="tab"
              id={`tab-${each}`}
              aria-selected={view === each}
              aria-controls="view"
              onClick={() => setView(each)}
            >
              {each}
            </button>
          ))}
        </div>
        <div
          className="view"
          id="view"
          role="tabpanel"
          aria-labelledby={`tab-${view}`}
          tabIndex={view === 'Terminal' || view === 'Review' ? undefined : 0}
        >
          {view === 'Terminal' &&
            (live ? <TerminalView session={session} /> : <EndedTerminal session={session} />)}
          {view === 'Review' && <Review key={session.id} session={session} />}
          {view === 'Conversation' && <Conversation session={session} />}
          {view === 'Story' && <Story session={session} />}
          {view === 'Cell' && <Cell session={session} />}
        </div>
      </div>
      {/* Below what is looked at, so that nothing moves when it begins to wait. */}
      <div className="ask">
        <Looks sessions={[session]} />
        <WaitingForYou
          session={session}
          keys
          taken={view === 'Review' ? 'i[]mjkJKyYR|' : `i[]m${OWN_KEYS}`}
          reviewing={view === 'Review'}
        />
      </div>
      {view !== 'Review' && (
        <aside aria-label="About the session">
          <section className="yours">
            {session.note !== '' && <p className="note">{visible(session.note)}</p>}
            <Own session={session} keys buttons />
          </section>
          {session.lastMessage !== '' && (
            <section className="message">
              <h2>Last message</h2>
              <p tabIndex={0}>{visible(session.lastMessage)}</p>
            </section>
          )}
          <Offered>{session.agent !== 'command' && <Say session={session} />}</Offered>
          <Running session={session} />
          <SessionFacts session={session} />
        </aside>
      )}
    </div>
  )
}

function Actions({ session, live }: { session: SessionView; live: boolean }) {
  const acting = useActing('land', standingOf(session))
  const moves = useMoves()
  const notHere = barred('spotlight')
  const ref = { repo: null, name: session.id }
  const landable = ['active', 'handed-off', 'in-review'].includes(session.stage)
  return (
    <div className="actions">
      {landable && (
        <button
          type="button"
          disabled={acting.busy}
          onClick={() => acting.run(async () => void (await client.call('land', ref)))}
        >
          Land
        </button>
      )}
      {session.workspace.made && session.shownIn === undefined && (
        <button
          type="button"
          disabled={acting.busy || moves.busy}
          title={notHere ?? 'Its work, in your own checkout; what you have there is kept, and comes back'}
          onClick={() => moves.show(session.id, null)}
        >
          Show in my checkout
        </button>
      )}
      {live ? (
        <button
          type="button"
          disabled={acting.busy}
          onClick={() => acting.run(() => client.call('stop', ref))}
        >
          Stop
        </button>
      ) : (
        session.process.state !== 'none' &&
        session.stage !== 'landed' && (
          <button
            type="button"
            disabled={acting.busy}
            onClick={() => acting.run(() => client.call('resume', ref))}
          >
            Resume
          </button>
        )
      )}
      <Barred why={acting.barred} />
      <Failed why={acting.failed} />
      <Came of={moves} />
    </div>
  )
}

/** A session's work in the person's own checkout: the way there, and back. */
import { lookOf } from '../../board/words.ts'
import type { SessionView, ShownIn } from '../../protocol/api.ts'
import { type Moves, useMoves } from '../moves.ts'
import { oneLine } from '../words.ts'
import { Age } from './age.tsx'
import { Failed } from './failed.tsx'
import { Go } from './go.tsx'
import { Offered } from './offered.tsx'

/** What checkouts show of these sessions, with the way back; and what came of the last move. */
export function Looks({ sessions }: { sessions: readonly SessionView[] }) {
  const moves = useMoves()
  const looks = sessions.flatMap((session) => (session.shownIn ?? []).map((look) => ({ session, look })))
  return (
    <>
      {looks.map(({ session, look }) => (
        <Look key={look.checkout} session={session} look={look} moves={moves} />
      ))}
      <Came of={moves} />
    </>
  )
}

function Look({ session, look, moves }: { session: SessionView; look: ShownIn; moves: Moves }) {
  return (
    <p className="stands look">
      {oneLine(`${lookOf(look)} of ${session.name}`)}, for <Age at={look.since} />{' '}
      <Offered>
        <button
          type="button"
          disabled={moves.busy}
          onClick={() => moves.back(session.repository.root, look.checkout)}
        >
          Go back
        </button>{' '}
        {look.behind > 0 && (
          <button type="button" disabled={moves.busy} onClick={() => moves.show(session.id, look.checkout)}>
            Show its newest
          </button>
        )}
      </Offered>
    </p>
  )
}

/** What the person is to know of the last move of a checkout, or why there was none. */
export function Came({ of: { said, edits, failed } }: { of: Moves }) {
  return (
    <>
      {said.map((line) => (
        <p key={line} className="stands" role="status">
          {oneLine(line)}
        </p>
      ))}
      {edits !== null && (
        <p className="stands" role="status">
          {oneLine(`What you changed in ${edits.files.join(', ')} is kept as ${edits.commit.slice(0, 10)}.`)}{' '}
          <Go to={{ page: 'settings', repo: null }}>How to have it</Go>
        </p>
      )}
      <Failed why={failed} />
    </>
  )
}

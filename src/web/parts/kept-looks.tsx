/** What is kept of looks at sessions' work in the person's checkouts: until when, and how they have it again. */
import type { KeptView } from '../../protocol/api.ts'
import { keptThings } from '../../protocol/spotlight-off.ts'
import { useAnswer } from '../asked.ts'
import { type Moves, useMoves } from '../moves.ts'
import { useBoard, useEventsOf } from '../store.ts'
import { oneLine, visible } from '../words.ts'
import { Age } from './age.tsx'
import { Failed } from './failed.tsx'
import { Offered } from './offered.tsx'
import { Came } from './spotlight.tsx'

/** Of all checkouts: whoever looks for what they had does not ask first in which repository it was. */
export function KeptLooks() {
  const { link } = useBoard()
  const events = useEventsOf('spotlight')
  const { answer: looks, failed } = useAnswer('spotlightsKept', { repo: null }, `${link.state} ${events}`)
  const moves = useMoves()
  return (
    <section aria-labelledby="kept">
      <h2 id="kept">
        Kept of looks in your checkouts {looks !== null && <span className="count">{looks.length}</span>}
      </h2>
      {/* What was changed stands in the list itself. */}
      <Came of={{ ...moves, edits: null }} />
      <Failed why={failed} />
      {looks?.length === 0 && (
        <p className="soft">
          Nothing. What you change in a checkout while it shows a session is kept for a time, and what you had
          there until all of it is back.
        </p>
      )}
      {looks !== null && looks.length > 0 && (
        <>
          <ul className="kept">
            {looks.map((look) => (
              <Kept key={look.id} look={look} moves={moves} />
            ))}
          </ul>
          <p className="soft">
            The commands are for that checkout. <code>git checkout COMMIT -- FILE</code> brings one file of a
            commit.
          </p>
        </>
      )}
    </section>
  )
}

function Kept({ look, moves }: { look: KeptView; moves: Moves }) {
  const { checkout, repository, name, since, until } = look
  return (
    <li>
      <p>
        <code>{visible(checkout)}</code>,{' '}
        {name === null ? 'before a look' : `where ${oneLine(name)} was looked at`}{' '}
        <span className="soft">
          kept for <Age at={since} />,{' '}
          {until === null ? 'and stays until you go back' : `forgotten on ${dayOf(until)}`}
        </span>
        {until === null && (
          <Offered>
            {' '}
            <button
              type="button"
              disabled={moves.busy}
              aria-label={`Go back in ${checkout}`}
              onClick={() => moves.back(repository.root, checkout)}
            >
              Go back
            </button>
          </Offered>
        )}
      </p>
      <dl>
        {keptThings(look).map(({ what, command }) => (
          <div key={command}>
            <dt>{oneLine(what)}</dt>
            <dd>
              <code>{command}</code>
            </dd>
          </div>
        ))}
      </dl>
    </li>
  )
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

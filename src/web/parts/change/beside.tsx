/** Beside the change: the verdict, what the session says of its work, what was seen, how it came about. */
import type { SessionView } from '../../../protocol/api.ts'
import type { ReviewView } from '../../../protocol/review.ts'
import { useReviewing } from '../../change/reviewing.ts'
import { visible } from '../../words.ts'
import { CommentCard } from './comment.tsx'
import { Snapshots } from './snapshots.tsx'
import { TurnChip } from './turn-chip.tsx'
import { Verdict } from './verdict.tsx'
import { Commands } from '../commands.tsx'

/** Commands shown before one asks for the rest. */
const COMMANDS_SHOWN = 8

export function Beside({ session }: { session: SessionView }) {
  const { view } = useReviewing()
  const inFiles = new Set(view.files.map(({ path }) => path))
  const elsewhere = view.comments.filter(({ path }) => !inFiles.has(path))
  return (
    <aside className="beside" aria-label="What is known of the change">
      <Verdict session={session} />
      {elsewhere.length > 0 && (
        <section>
          <h2>Comments elsewhere</h2>
          {elsewhere.map((comment) => (
            <div key={comment.id}>
              <p className="soft path">{visible(comment.path)}</p>
              <CommentCard comment={comment} away />
            </div>
          ))}
        </section>
      )}
      <Says view={view} />
      <Ran view={view} />
      {view.turns.length > 0 && (
        <section>
          <h2>Turns</h2>
          <ol className="turns">
            {view.turns.map((turn) => (
              <li key={turn.n}>
                <TurnChip n={turn.n} turn={turn} />
              </li>
            ))}
          </ol>
        </section>
      )}
      <Snapshots state={view.to.commit} />
    </aside>
  )
}

function Says({ view: { handoff, differs } }: { view: ReviewView }) {
  if (handoff === null) return null
  const { claims } = handoff
  return (
    <section aria-labelledby="it-says">
      <h2 id="it-says">It says</h2>
      {claims === null ? (
        <p className="soft">It reported nothing.</p>
      ) : (
        <dl className="says">
          <Said of="changed" text={claims.behaviourChanged} />
          <Said of="risks" text={claims.risks} />
          <Said of="next" text={claims.followUp} />
        </dl>
      )}
      {differs.length > 0 && (
        <>
          <h2>Where that differs from what was seen</h2>
          {differs.map((each) => (
            <p key={each} className="warning">
              {visible(each)}
            </p>
          ))}
        </>
      )}
    </section>
  )
}

function Said({ of, text }: { of: string; text: string }) {
  if (text === '') return null
  return (
    <div>
      <dt>{of}</dt>
      <dd>{visible(text)}</dd>
    </div>
  )
}

function Ran({ view: { commands } }: { view: ReviewView }) {
  if (commands.length === 0) return null
  const [first, last] = [commands.slice(0, -COMMANDS_SHOWN), commands.slice(-COMMANDS_SHOWN)]
  return (
    <section aria-labelledby="it-ran">
      <h2 id="it-ran">
        Commands it ran <span className="count">{commands.length}</span>
      </h2>
      {first.length > 0 && (
        <details>
          <summary className="soft">{first.length} earlier</summary>
          <Commands commands={first} />
        </details>
      )}
      <Commands commands={last} />
    </section>
  )
}

/** What is compared, and how large the difference is. */
import { uncommentable } from '../../../board/place.ts'
import type { Against } from '../../../protocol/review.ts'
import { type Asked, useReviewing } from '../../change/reviewing.ts'
import { oneLine } from '../../words.ts'
import { Age } from '../age.tsx'

const AGAINST: Record<Against, string> = {
  base: 'its base',
  main: 'today’s main',
  seen: 'what I last looked at',
  approved: 'what I approved',
}

export function ReviewHead({ asked, turnSplit }: { asked: Asked; turnSplit: () => void }) {
  const { view, ask, split } = useReviewing()
  const { totals, turns, from, to, uncommitted } = view
  const offered = (Object.keys(AGAINST) as Against[]).filter(
    (each) => (each !== 'seen' || view.seen !== null) && (each !== 'approved' || view.approval !== null),
  )
  const closed = uncommentable(view)
  const { first, last } = asked.turns ?? { first: null, last: null }
  return (
    <div className="review-head">
      <p>
        <strong>
          {totals.files} {totals.files === 1 ? 'file' : 'files'}
        </strong>{' '}
        <ins>+{totals.added}</ins> <del>−{totals.removed}</del>{' '}
        <span className="soft">
          against {oneLine(from.why)} (<code>{from.commit.slice(0, 10)}</code>); snapshot {to.snapshot},{' '}
          <Age at={to.at} /> ago
          {uncommitted.length > 0 &&
            `; not committed: ${oneLine(uncommitted.slice(0, 3).join(', '))}${uncommitted.length > 3 ? ` and ${uncommitted.length - 3} more` : ''}`}
        </span>
      </p>
      <div className="choose">
        <label>
          Against{' '}
          <select
            value={asked.turns === null ? asked.against : ''}
            onChange={(event) => ask({ against: event.target.value as Against, turns: null })}
          >
            {asked.turns !== null && <option value="">what was before</option>}
            {offered.map((each) => (
              <option key={each} value={each}>
                {AGAINST[each]}
              </option>
            ))}
          </select>
        </label>
        <label>
          Turns{' '}
          <select
            value={asked.turns === null ? '' : `${first}-${last}`}
            onChange={(event) => {
              const [one, two] = event.target.value.split('-').map(Number)
              ask({ ...asked, turns: one && two ? { first: one, last: two } : null })
            }}
          >
            <option value="">all</option>
            {first !== null && first !== last && (
              <option value={`${first}-${last}`}>
                {first} to {last}
              </option>
            )}
            {turns
              .filter(({ snapshot }) => snapshot !== null)
              .map(({ n }) => (
                <option key={n} value={`${n}-${n}`}>
                  turn {n}
                </option>
              ))}
          </select>
        </label>
        <button type="button" aria-pressed={split} onClick={turnSplit}>
          Side by side <kbd aria-hidden="true">|</kbd>
        </button>
      </div>
      {closed !== null && <p className="soft">{closed}: comment in another view.</p>}
      {view.seen !== null && !view.seen.current && asked.against !== 'seen' && asked.turns === null && (
        <p className="news">
          It has changed since you looked, <Age at={view.seen.at} /> ago.{' '}
          <button type="button" className="plain" onClick={() => ask({ against: 'seen', turns: null })}>
            Show what is new
          </button>
        </p>
      )}
    </div>
  )
}

/** The saved states of a session: what came after each, and the way back to it. */
import { useEffect, useState } from 'react'
import type { SnapshotView } from '../../../protocol/review.ts'
import { useActing } from '../../act.ts'
import { client, looksOnly } from '../../connection.ts'
import { useReviewing } from '../../change/reviewing.ts'
import { oneLine } from '../../words.ts'
import { Age } from '../age.tsx'
import { Barred } from '../barred.tsx'
import { Failed } from '../failed.tsx'

/** Newest ones shown before one asks for the rest. */
const SHOWN = 6

/** @param state changes when there is another snapshot */
export function Snapshots({ state }: { state: string }) {
  const { ref, view, ask, reload } = useReviewing()
  const [all, setAll] = useState<SnapshotView[]>([])
  const [more, showMore] = useState(false)
  const [sure, askSure] = useState<number | null>(null)
  const acting = useActing('snapshotRestore')
  const { name } = ref
  useEffect(() => {
    let wanted = true
    client
      .call('snapshots', { repo: null, name })
      .then((found) => wanted && setAll(found.toReversed()))
      // The review itself says what is wrong.
      .catch(() => undefined)
    return () => {
      wanted = false
    }
  }, [name, state])
  if (all.length < 2) return null
  const last = view.turns.at(-1)?.n ?? 0
  const restore = (snapshot: number): void =>
    acting.run(async () => {
      const { session } = await client.call('snapshotRestore', { ...ref, snapshot })
      askSure(null)
      reload()
      return session
    })
  return (
    <section aria-labelledby="snapshots">
      <h2 id="snapshots">
        Snapshots <span className="count">{all.length}</span>
      </h2>
      <ol className="snapshots">
        {(more ? all : all.slice(0, SHOWN)).map(({ n, at, reason, turn, missing }, i) => (
          <li key={n}>
            <span>
              {n}, <Age at={at} /> ago{turn === null ? '' : `, turn ${turn}`}
              <span className="soft">: {oneLine(reason, 80)}</span>
              {missing.length > 0 && (
                <span className="warn"> without {oneLine(missing.join(', '), 120)}</span>
              )}
            </span>
            <span className="actions small">
              {turn !== null && turn < last && (
                <button
                  type="button"
                  onClick={() => ask({ against: 'base', turns: { first: turn + 1, last } })}
                >
                  What came after
                </button>
              )}
              {i > 0 &&
                !looksOnly() &&
                (sure === n ? (
                  <button type="button" className="main" disabled={acting.busy} onClick={() => restore(n)}>
                    Yes, put the files back
                  </button>
                ) : (
                  <button type="button" disabled={acting.busy} onClick={() => askSure(n)}>
                    Restore…
                  </button>
                ))}
            </span>
          </li>
        ))}
      </ol>
      {!more && all.length > SHOWN && (
        <button type="button" className="plain" onClick={() => showMore(true)}>
          {all.length - SHOWN} more
        </button>
      )}
      <Barred why={acting.barred} />
      <Failed why={acting.failed} />
    </section>
  )
}

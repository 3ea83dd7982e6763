/** What the person decides: approve, land, hand back with the comments, reject. */
import { useState } from 'react'
import type { SessionView } from '../../../protocol/api.ts'
import { standingOf, useActing } from '../../act.ts'
import { client, looksOnly } from '../../connection.ts'
import { useKeys } from '../../keys.ts'
import { settled } from '../../next.ts'
import { useReviewing } from '../../change/reviewing.ts'
import { oneLine } from '../../words.ts'
import { Age } from '../age.tsx'
import { Barred } from '../barred.tsx'
import { Failed } from '../failed.tsx'

export function Verdict({ session }: { session: SessionView }) {
  const { ref, view, reload } = useReviewing()
  const [words, say] = useState('')
  const [rejecting, reject] = useState(false)
  const acting = useActing('approve', standingOf(session))
  const drafts = view.comments.filter(({ state }) => state === 'draft').length
  const decidable = ['active', 'handed-off', 'in-review'].includes(session.stage)
  // What is approved is what is on the screen: some turns of it are not the work.
  const whole = view.from.against !== 'turns'
  const nothing = view.from.against === 'base' && view.files.length === 0
  const approvable = whole && !nothing
  const decide = (work: () => Promise<unknown>): void =>
    acting.run(async () => {
      await work()
      say('')
      reject(false)
      reload()
      await settled(session.id)
    })
  const approve = (land: boolean): void =>
    decide(() => client.call('approve', { ...ref, commit: view.to.commit, land }))
  const sendBack = (): void => {
    if (rejecting) decide(() => client.call('reject', { ...ref, reason: words }))
    else decide(() => client.call('reviewSend', { ...ref, note: words }))
  }
  useKeys(
    decidable
      ? [
          ...(approvable
            ? [
                { key: 'y', does: 'approve', run: () => approve(false) },
                { key: 'Y', does: 'approve and land', run: () => approve(true) },
              ]
            : []),
          { key: 'R', does: 'reject', run: () => reject(true) },
        ]
      : [],
  )
  return (
    <section className="verdict" aria-labelledby="verdict">
      <h2 id="verdict">Your word</h2>
      <Standing />
      {decidable && !looksOnly() && (
        <>
          <div className="actions">
            <button
              type="button"
              className="main"
              disabled={acting.busy || !approvable}
              onClick={() => approve(true)}
            >
              Approve and land <kbd aria-hidden="true">Y</kbd>
            </button>
            <button type="button" disabled={acting.busy || !approvable} onClick={() => approve(false)}>
              Approve <kbd aria-hidden="true">y</kbd>
            </button>
            {!rejecting && (
              <button type="button" disabled={acting.busy} onClick={() => reject(true)}>
                Reject… <kbd aria-hidden="true">R</kbd>
              </button>
            )}
          </div>
          {nothing && <p className="soft">Nothing is changed, so there is nothing to approve.</p>}
          {!whole && <p className="soft">Show all turns to approve: an approval is of the whole.</p>}
          <form
            onSubmit={(event) => {
              event.preventDefault()
              sendBack()
            }}
          >
            <textarea
              key={String(rejecting)}
              autoFocus={rejecting}
              rows={rejecting ? 3 : 2}
              required={rejecting}
              aria-label={rejecting ? 'Why it is rejected' : 'A word with the comments'}
              placeholder={rejecting ? 'why, and what to do instead' : 'a word with the comments'}
              value={words}
              onChange={(event) => say(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === 'Escape') {
                  reject(false)
                  event.currentTarget.blur()
                }
                if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) sendBack()
              }}
            />
            <div className="actions">
              <button
                type="submit"
                disabled={acting.busy || (words.trim() === '' && (rejecting || drafts === 0))}
              >
                {rejecting
                  ? `Reject${drafts === 0 ? '' : ` with ${countOf(drafts)}`}`
                  : `Hand back${drafts === 0 ? '' : ` with ${countOf(drafts)}`}`}
              </button>
              {rejecting && (
                <button type="button" className="plain" onClick={() => reject(false)}>
                  Back
                </button>
              )}
            </div>
          </form>
        </>
      )}
      <Barred why={acting.barred} />
      <Failed why={acting.failed} />
    </section>
  )
}

const countOf = (drafts: number): string => `${drafts} comment${drafts === 1 ? '' : 's'}`

/** What was decided before, and whether it still holds. */
function Standing() {
  const { approval, rejected } = useReviewing().view
  return (
    <>
      {approval && (
        <p className={approval.current ? 'good' : 'soft'}>
          approved <Age at={approval.at} /> ago: {oneLine(approval.why)}
        </p>
      )}
      {rejected && (
        <p className={rejected.current ? 'bad' : 'soft'}>
          rejected <Age at={rejected.at} /> ago{rejected.told ? '' : ', and nobody could be told'}
          {rejected.current ? '' : ', and changed since'}: {oneLine(rejected.reason)}
        </p>
      )}
    </>
  )
}

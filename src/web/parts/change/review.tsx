/** The review of a session: its change with comments, and beside it what the session says of itself. */
import { useCallback, useMemo, useState } from 'react'
import { type Place, through } from '../../../board/place.ts'
import { workOf } from '../../../board/work.ts'
import type { SessionView } from '../../../protocol/api.ts'
import type { ReviewFile } from '../../../protocol/review.ts'
import { client } from '../../connection.ts'
import { useKeys } from '../../keys.ts'
import { useKeptFocus } from '../../change/keep-focus.ts'
import { type Asked, ReviewingProvider, useLook, useView } from '../../change/reviewing.ts'
import { useWide } from '../../wide.ts'
import { oneLine } from '../../words.ts'
import { Beside } from './beside.tsx'
import { FileView } from './file.tsx'
import { ReviewHead } from './head.tsx'
import { Failed } from '../failed.tsx'

const SPLIT = 'worktrain.split'

export function Review({ session }: { session: SessionView }) {
  const { id } = session
  const [asked, ask] = useState<Asked>({ against: 'base', turns: null })
  const [wanted, setSplit] = useState(() => localStorage.getItem(SPLIT) === 'yes')
  const split = useWide() && wanted
  const [place, setPlace] = useState<Place | null>(null)
  const [whole, setWhole] = useState<ReadonlyMap<string, ReviewFile>>(new Map())
  const { loaded, failed, reload } = useView(id, asked, workOf(session))
  useLook(id, loaded)
  useKeptFocus()
  const view = loaded?.view ?? null

  const write = useCallback(
    (to: Place | null, extend = false): void =>
      setPlace((from) => (to !== null && extend ? through(from, to) : to)),
    [],
  )
  const fetchWhole = useCallback(
    async (path: string, context: number): Promise<void> => {
      const { files } = await client.call('review', {
        ...{ repo: null, name: id, ...asked, paths: [path], context, fresh: false },
      })
      const [file] = files
      if (file) setWhole((before) => new Map(before).set(path, file))
    },
    [id, asked],
  )
  // What was fetched in full belongs to one state of the work.
  const state = `${view?.from.commit} ${view?.to.commit}`
  const [wholeOf, setWholeOf] = useState(state)
  if (wholeOf !== state) {
    setWholeOf(state)
    setWhole(new Map())
  }
  const turnSplit = (): void => {
    localStorage.setItem(SPLIT, wanted ? 'no' : 'yes')
    setSplit(!wanted)
  }
  useKeys([
    { key: 'j', does: 'next line', run: () => step('button[data-line]', 1) },
    { key: 'k', does: 'previous line', run: () => step('button[data-line]', -1) },
    { key: 'J', does: 'next file', run: () => step('.file summary', 1) },
    { key: 'K', does: 'previous file', run: () => step('.file summary', -1) },
    { key: 'm', does: 'gone through the file, or not', run: turnMark },
    { key: '|', does: 'side by side', run: turnSplit },
  ])
  const reviewing = useMemo(
    () =>
      view && { ref: { repo: null, name: id }, view, split, place, write, whole, fetchWhole, ask, reload },
    [id, view, split, place, write, whole, fetchWhole, reload],
  )

  if (reviewing === null) return failed === null ? <p className="empty">Looking…</p> : <Failed why={failed} />
  return (
    <ReviewingProvider value={reviewing}>
      <div className="review" data-split={split} aria-busy={loaded?.asked !== asked}>
        <div className="review-files">
          <ReviewHead asked={asked} turnSplit={turnSplit} />
          <Failed why={failed} />
          {reviewing.view.files.length === 0 && <p className="empty">Nothing is different.</p>}
          {reviewing.view.files.map((file) => (
            <FileView key={file.path} file={whole.get(file.path) ?? file} />
          ))}
          {reviewing.view.omitted.map((what) => (
            <p key={what} className="warning">
              left out: {oneLine(what)}
            </p>
          ))}
        </div>
        <Beside session={session} />
      </div>
    </ReviewingProvider>
  )
}

/** Of the file with the focus. */
function turnMark(): void {
  document.activeElement?.closest('.file')?.querySelector<HTMLElement>('button.mark')?.click()
}

/** Moves the focus among what the selector finds; the focus is the place in the review. */
function step(selector: string, by: number): void {
  const all = [...document.querySelectorAll<HTMLElement>(`.review-files ${selector}`)]
  const from = document.activeElement?.closest<HTMLElement>('tr, .file') ?? null
  const at = all.findIndex((each) => each === document.activeElement)
  // From elsewhere in the files: the nearest in the direction.
  const nearest =
    from === null
      ? -1
      : all.findLastIndex((each) => Boolean(from.compareDocumentPosition(each) & 2) || from.contains(each))
  const next = all[at >= 0 ? at + by : Math.max(0, nearest + (by > 0 ? 1 : 0))]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

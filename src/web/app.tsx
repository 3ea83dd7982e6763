/** The frame of every page: where one is, whether what is shown is followed, and the keys that work everywhere. */
import { useEffect, useState } from 'react'
import { groupOf } from '../board/groups.ts'
import { looksOnly } from './connection.ts'
import { useKeys } from './keys.ts'
import { BoardPage } from './pages/board.tsx'
import { NewPage } from './pages/new.tsx'
import { NoAccess } from './pages/no-access.tsx'
import { SessionPage } from './pages/session.tsx'
import { SettingsPage } from './pages/settings.tsx'
import { TerminalsPage } from './pages/terminals.tsx'
import { TrainPage } from './pages/train.tsx'
import { UsagePage } from './pages/usage.tsx'
import { Help } from './parts/help.tsx'
import { Go } from './parts/go.tsx'
import { LinkBar } from './parts/link-bar.tsx'
import { Said } from './parts/said.tsx'
import { nextPage } from './round.ts'
import { go, saidHere, usePage } from './router.ts'
import { useShowing } from './showing.ts'
import { useBoard } from './store.ts'
import { oneLine } from './words.ts'

/** @param refused why the code of the address let nobody in */
export function App({ refused }: { refused: string | null }) {
  const { link, sessions, attention } = useBoard()
  const page = usePage()
  useShowing(page)
  const [help, setHelp] = useState(false)
  const needing = (sessions ?? []).filter((s) => groupOf(s) === 'needs')
  const ready = (sessions ?? []).filter((s) => groupOf(s) === 'ready')

  useEffect(() => {
    document.title = needing.length > 0 ? `(${needing.length}) Worktrain` : 'Worktrain'
  }, [needing.length])

  // At once, by what is known: a key that is pressed next means what it leads to.
  const goOn = (): void =>
    go(nextPage(attention ?? { items: [] }, page.page === 'session' ? page.id : null), { round: true })
  useKeys([
    {
      key: 'n',
      does: 'to what needs you most, then to the next',
      run: goOn,
    },
    { key: 'b', does: 'board', run: () => go({ page: 'board' }) },
    { key: 'c', does: 'new session', run: () => go({ page: 'new' }) },
    { key: 't', does: 'train', run: () => go({ page: 'train', repo: null }) },
    { key: 'w', does: 'terminals side by side', run: () => go({ page: 'terminals', of: [] }) },
    { key: '?', does: 'keys', run: () => setHelp(true) },
  ])

  if (link.state === 'denied' || refused !== null) return <NoAccess why={refused} />
  return (
    <>
      <a className="skip" href="#main">
        To the content
      </a>
      <header className="top">
        <Go to={{ page: 'board' }} className="brand" current={page.page === 'board'}>
          <span className="rails" aria-hidden="true" />
          Worktrain
        </Go>
        <nav aria-label="Pages">
          <Go to={{ page: 'board' }} current={page.page === 'board'}>
            Board
          </Go>
          <Go to={{ page: 'terminals', of: [] }} current={page.page === 'terminals'}>
            Terminals
          </Go>
          <Go to={{ page: 'train', repo: null }} current={page.page === 'train'}>
            Train
          </Go>
          <Go to={{ page: 'new' }} current={page.page === 'new'}>
            New<span className="roomy"> session</span>
          </Go>
          <Go to={{ page: 'usage' }} current={page.page === 'usage'}>
            Usage
          </Go>
          <Go to={{ page: 'settings', repo: null }} current={page.page === 'settings'}>
            Settings
          </Go>
        </nav>
        <div className="tally" role="status">
          <button
            type="button"
            className={needing.length > 0 ? 'next calls' : 'next'}
            title={attention?.places[0] === undefined ? undefined : oneLine(attention.places[0])}
            onClick={goOn}
            disabled={needing.length + ready.length + (attention?.items.length ?? 0) === 0}
          >
            {needing.length > 0
              ? `${needing.length} need${needing.length === 1 ? 's' : ''} you`
              : ready.length > 0
                ? `${ready.length} ready`
                : 'nothing waits for you'}
            <kbd>n</kbd>
          </button>
        </div>
        <button type="button" className="plain" aria-label="Keys" onClick={() => setHelp(true)}>
          ?
        </button>
      </header>
      <LinkBar link={link} />
      <Said lines={saidHere()} />
      {looksOnly() && <p className="looks-only">This phone may only look.</p>}
      <main id="main" className={`page-${page.page}${link.state === 'lost' ? ' stale' : ''}`}>
        {page.page === 'board' && <BoardPage />}
        {page.page === 'new' && <NewPage plan={page.plan ?? false} />}
        {page.page === 'terminals' && <TerminalsPage of={page.of} />}
        {page.page === 'usage' && <UsagePage />}
        {page.page === 'settings' && <SettingsPage repo={page.repo} />}
        {page.page === 'train' && <TrainPage repo={page.repo} />}
        {page.page === 'session' && <SessionPage key={page.id} id={page.id} view={page.view ?? 'Terminal'} />}
        {page.page === 'nowhere' && (
          <p className="empty">
            There is nothing at this address. <Go to={{ page: 'board' }}>Back to the board</Go>
          </p>
        )}
      </main>
      {help && <Help close={() => setHelp(false)} />}
    </>
  )
}

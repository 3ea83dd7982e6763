/** All sessions: what needs the person first, everything else calm below. */
import { memo, useEffect, useRef, useState } from 'react'
import type { SessionView } from '../../protocol/api.ts'
import { GROUPS, type Group, grouped, inOrder } from '../../board/groups.ts'
import { barred } from '../connection.ts'
import { useKeys } from '../keys.ts'
import { Doing, LastWord, Merges, Size } from '../parts/facts.tsx'
import { Go } from '../parts/go.tsx'
import { ReviewLimit } from '../parts/review-limit.tsx'
import { Looks } from '../parts/spotlight.tsx'
import { WaitingForYou } from '../parts/waiting-for-you.tsx'
import { go } from '../router.ts'
import { useBoard } from '../store.ts'
import { baseName } from '../../board/words.ts'
import { oneLine } from '../words.ts'

/** Landed ones shown before one asks for the rest. */
const LANDED_SHOWN = 8

export function BoardPage() {
  const { sessions, attention } = useBoard()
  const [filter, setFilter] = useState('')
  const [selected, select] = useState<string | null>(null)
  const [allLanded, showAllLanded] = useState(false)
  const search = useRef<HTMLInputElement>(null)
  const by = grouped(sessions ?? [], filter, attention?.items)
  const order = inOrder(by)
  const current = order.find(({ id }) => id === selected) ?? order[0]
  const repositories = new Set((sessions ?? []).map(({ repository }) => repository.id))

  const step = (by: number): void => {
    const at = order.findIndex(({ id }) => id === current?.id)
    const next = order[Math.max(0, Math.min(order.length - 1, at + by))]
    if (next) select(next.id)
  }
  useKeys([
    { key: 'j', does: 'down', run: () => step(1) },
    { key: 'k', does: 'up', run: () => step(-1) },
    { key: 'ArrowDown', does: 'down', run: () => step(1) },
    { key: 'ArrowUp', does: 'up', run: () => step(-1) },
    { key: 'Enter', does: 'open', run: () => current && go({ page: 'session', id: current.id }) },
    { key: '/', does: 'filter', run: () => search.current?.focus() },
  ])
  useEffect(() => {
    if (selected !== null) document.getElementById(`row-${selected}`)?.scrollIntoView({ block: 'nearest' })
  }, [selected])

  if (sessions === null) return <p className="empty">Looking…</p>
  if (sessions.length === 0)
    return (
      <div className="empty">
        <p>No sessions yet.</p>
        {barred('run') === null && (
          <Go to={{ page: 'new' }} className="button main">
            Start one <kbd>c</kbd>
          </Go>
        )}
      </div>
    )
  return (
    <>
      <div className="board-head">
        <h1 className="unseen">Board</h1>
        <input
          ref={search}
          type="search"
          className="filter"
          aria-label="Filter sessions"
          placeholder="Filter  /"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            setFilter('')
            event.currentTarget.blur()
          }}
        />
        <span className="soft">
          {order.length} of {sessions.length} sessions
        </span>
      </div>
      <Looks sessions={sessions} />
      {attention?.reviews.map((load) => (
        <ReviewLimit key={load.repository.id} load={load} />
      ))}
      {GROUPS.map(({ group, title }) => {
        const all = by.get(group) ?? []
        if (all.length === 0) return null
        const cut = group === 'landed' && !allLanded && filter === '' && all.length > LANDED_SHOWN
        return (
          <section key={group} className={`group ${group}`} aria-labelledby={`group-${group}`}>
            <h2 id={`group-${group}`}>
              {title} <span className="count">{all.length}</span>
            </h2>
            <ul>
              {(cut ? all.slice(0, LANDED_SHOWN) : all).map((s) => (
                <Row
                  key={s.id}
                  session={s}
                  group={group}
                  selected={s.id === current?.id}
                  select={select}
                  several={repositories.size > 1}
                />
              ))}
            </ul>
            {cut && (
              <button type="button" className="plain more" onClick={() => showAllLanded(true)}>
                {all.length - LANDED_SHOWN} more
              </button>
            )}
          </section>
        )
      })}
    </>
  )
}

/** Drawn anew when its session has changed, not with every other one. */
const Row = memo(function Row({
  session: s,
  group,
  selected,
  select,
  several,
}: {
  session: SessionView
  group: Group
  selected: boolean
  /** Stays the same. */
  select: (id: string) => void
  several: boolean
}) {
  return (
    <li id={`row-${s.id}`} className={selected ? 'row selected' : 'row'} onFocus={() => select(s.id)}>
      <div className="line">
        <Go to={{ page: 'session', id: s.id }} className="name">
          {oneLine(s.name)}
        </Go>
        <span className="agent">
          {several ? `${oneLine(baseName(s.repository.root))} · ` : ''}
          {oneLine(s.agent)}
        </span>
        <Doing session={s} />
        <Size session={s} />
        <Merges session={s} />
        <LastWord session={s} />
      </div>
      {s.warnings.length > 0 && group !== 'landed' && (
        <p className="warning">{oneLine(s.warnings[0] ?? '')}</p>
      )}
      {(group === 'needs' || group === 'ready') && <WaitingForYou session={s} keys={selected} taken="jk/" />}
    </li>
  )
})

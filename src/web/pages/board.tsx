/** All sessions: what needs the person first, everything else calm below. */
import { useRef, useState } from 'react'
import { grouped, inOrder } from '../../board/groups.ts'
import { namesOf } from '../../protocol/repository-names.ts'
import { barred } from '../connection.ts'
import { useKeys } from '../keys.ts'
import { BoardGroups } from '../parts/board-groups.tsx'
import { Go } from '../parts/go.tsx'
import { ReviewLimit } from '../parts/review-limit.tsx'
import { Looks } from '../parts/spotlight.tsx'
import { rowId } from '../round.ts'
import { go } from '../router.ts'
import { useBoard } from '../store.ts'

/** Whether the person wants the board by repository: kept in this browser. */
const BY_REPOSITORY = 'worktrain.byRepository'

export function BoardPage() {
  const { sessions, attention } = useBoard()
  const [filter, setFilter] = useState('')
  const [selected, select] = useState<string | null>(null)
  const [wanted, want] = useState(localStorage.getItem(BY_REPOSITORY) === 'yes')
  const search = useRef<HTMLInputElement>(null)
  const roots = [...new Set((sessions ?? []).map(({ repository }) => repository.root))].sort()
  const names = namesOf(roots)
  const byRepository = wanted && roots.length > 1
  const parts = (byRepository ? roots : [null]).map((root) => ({
    root,
    by: grouped(
      (sessions ?? []).filter(({ repository }) => root === null || repository.root === root),
      filter,
      attention?.items,
    ),
  }))
  const order = parts.flatMap(({ by }) => inOrder(by))
  const current = order.find(({ id }) => id === selected) ?? order[0]
  const turn = (): void => {
    localStorage.setItem(BY_REPOSITORY, wanted ? 'no' : 'yes')
    want(!wanted)
  }

  const step = (by: number): void => {
    const at = order.findIndex(({ id }) => id === current?.id)
    const next = order[Math.max(0, Math.min(order.length - 1, at + by))]
    if (!next) return
    select(next.id)
    // Not whenever one is selected: what is pressed must not move away below the pointer.
    document.getElementById(rowId(next.id))?.scrollIntoView({ block: 'nearest' })
  }
  useKeys([
    { key: 'j', does: 'down', run: () => step(1) },
    { key: 'k', does: 'up', run: () => step(-1) },
    { key: 'ArrowDown', does: 'down', run: () => step(1) },
    { key: 'ArrowUp', does: 'up', run: () => step(-1) },
    { key: 'Enter', does: 'open', run: () => current && go({ page: 'session', id: current.id }) },
    { key: '/', does: 'filter', run: () => search.current?.focus() },
    { key: 'g', does: 'by repository, or not', run: turn },
  ])

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
            if (event.key === 'Escape') setFilter('')
            // What was found is gone through by the keys of the board.
            if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur()
          }}
        />
        <span className="soft">
          {order.length} of {sessions.length} sessions
        </span>
        {roots.length > 1 && (
          <button type="button" aria-pressed={byRepository} onClick={turn}>
            By repository <kbd aria-hidden="true">g</kbd>
          </button>
        )}
      </div>
      <Looks sessions={sessions} />
      {attention?.reviews.map((load) => (
        <ReviewLimit key={load.repository.id} load={load} />
      ))}
      {parts.map(({ root, by }) => (
        <BoardGroups
          key={root ?? ''}
          root={root}
          by={by}
          items={filter === '' ? (attention?.items ?? []) : []}
          current={current?.id ?? null}
          select={select}
          names={names}
          several={roots.length > 1 && root === null}
          whole={filter !== ''}
        />
      ))}
    </>
  )
}

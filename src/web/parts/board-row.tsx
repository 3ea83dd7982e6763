/** A session on the board: a line of facts, and what it waits for. */
import { memo } from 'react'
import type { SessionView } from '../../protocol/api.ts'
import type { Group } from '../../board/groups.ts'
import { rowId } from '../round.ts'
import { oneLine } from '../words.ts'
import { Cost, Doing, LastWord, Merges, Size } from './facts.tsx'
import { Go } from './go.tsx'
import { Own, OWN_KEYS } from './own.tsx'
import { WaitingForYou } from './waiting-for-you.tsx'

/** Drawn anew when its session has changed, not with every other one. */
export const BoardRow = memo(function BoardRow({
  session: s,
  group,
  selected,
  select,
  repository,
}: {
  session: SessionView
  group: Group
  selected: boolean
  /** Stays the same. */
  select: (id: string) => void
  /** How its repository is called; empty: it is not. */
  repository: string
}) {
  return (
    <li id={rowId(s.id)} className={selected ? 'row selected' : 'row'} onFocus={() => select(s.id)}>
      <div className="line">
        <span className="called">
          {s.pinned && (
            <span className="pinned" role="img" aria-label="pinned" title="pinned">
              ★
            </span>
          )}
          <Go to={{ page: 'session', id: s.id }} className="name">
            {oneLine(s.name)}
          </Go>
        </span>
        <span className="agent" title={repository ? oneLine(repository) : undefined}>
          {repository && `${oneLine(repository)} · `}
          {oneLine(s.agent)}
        </span>
        <Doing session={s} />
        <Size session={s} />
        <Merges session={s} />
        <Cost session={s} />
        <span className="branch" title={oneLine(s.branch)}>
          {oneLine(s.branch)}
        </span>
        <LastWord session={s} />
      </div>
      {s.warnings.length > 0 && group !== 'landed' && (
        <p className="warning">{oneLine(s.warnings[0] ?? '')}</p>
      )}
      {(group === 'needs' || group === 'ready') && (
        <WaitingForYou session={s} keys={selected} taken={`jk/g${OWN_KEYS}`} />
      )}
      {selected && <Own session={s} keys buttons={false} />}
    </li>
  )
})

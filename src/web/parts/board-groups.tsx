/** The groups of the board, of one repository or of all. */
import { useState } from 'react'
import { type Group, GROUPS } from '../../board/groups.ts'
import { baseName } from '../../board/words.ts'
import type { SessionView } from '../../protocol/api.ts'
import type { AttentionItem } from '../../protocol/attention.ts'
import { rowId } from '../round.ts'
import { oneLine } from '../words.ts'
import { BoardRow } from './board-row.tsx'
import { Go } from './go.tsx'
import { Settle } from './settle.tsx'

/** Landed ones shown before one asks for the rest. */
const LANDED_SHOWN = 8

/**
 * @param root of the repository; null: all
 * @param items what waits, of which those of no session stand here
 * @param current the session that the keys mean
 * @param names of the repositories, by root
 * @param several whether each session says of which repository it is
 * @param whole whether all landed ones are shown
 */
export function BoardGroups({
  root,
  by,
  items,
  current,
  select,
  names,
  several,
  whole,
}: {
  root: string | null
  by: ReadonlyMap<Group, readonly SessionView[]>
  items: readonly AttentionItem[]
  current: string | null
  select: (id: string) => void
  names: ReadonlyMap<string, string>
  several: boolean
  whole: boolean
}) {
  const [allLanded, showAllLanded] = useState(false)
  const trains = items.filter(
    ({ session, repository }) => session === null && (root === null || repository.root === root),
  )
  const Title = root === null ? 'h2' : 'h3'
  const groups = GROUPS.map(({ group, title }) => {
    const all = by.get(group) ?? []
    const others = group === 'needs' ? trains : []
    if (all.length + others.length === 0) return null
    const cut = group === 'landed' && !allLanded && !whole && all.length > LANDED_SHOWN
    const id = `group-${group}${root ?? ''}`
    return (
      <section key={group} className={`group ${group}`} aria-labelledby={id}>
        <Title id={id}>
          {title} <span className="count">{all.length + others.length}</span>
        </Title>
        <ul>
          {others.map((item) => (
            <TrainRow key={item.id} item={item} />
          ))}
          {(cut ? all.slice(0, LANDED_SHOWN) : all).map((s) => (
            <BoardRow
              key={s.id}
              session={s}
              group={group}
              selected={s.id === current}
              select={select}
              repository={several ? (names.get(s.repository.root) ?? '') : ''}
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
  })
  if (root === null) return groups
  if (groups.every((group) => group === null)) return null
  return (
    <section className="of-repository" aria-labelledby={`of-${root}`}>
      <h2 id={`of-${root}`} title={oneLine(root)}>
        {oneLine(names.get(root) ?? root)}
      </h2>
      {groups}
    </section>
  )
}

/** Something of a train, of which no session is the owner. */
function TrainRow({ item }: { item: AttentionItem }) {
  return (
    <li id={rowId(item.id)} className="row">
      <div className="line">
        <Go to={{ page: 'train', repo: item.repository.root }} className="name">
          train of {oneLine(baseName(item.repository.root))}
        </Go>
      </div>
      <Settle item={item} keys={null} taken="" />
    </li>
  )
}

/** All that the board knows and shows, as one value. Pure. */
import type { Highlight } from '../board/code/colours.ts'
import { GROUPS, type Group, grouped } from '../board/groups.ts'
import { namesOf } from '../protocol/repository-names.ts'
import type { AttentionItem, AttentionView, ChangeView, SessionView, ShownIn } from '../protocol/api.ts'
import type { HostScreen } from '../protocol/host.ts'
import type { Mode } from './mode.ts'

export interface Board {
  /** The repository it is about, as a directory; null: all of them. */
  repo: string | null
  /** Null: not known yet. */
  sessions: readonly SessionView[] | null
  attention: AttentionView
  /** Of the trains that sessions are on. */
  changes: readonly ChangeView[]
  /** Since when the supervisor does not answer, ms since the epoch; null: it does. */
  awaySince: number | null
  /** Id of a session, or of an item that has none. */
  selected: string | null
  filter: string
  byRepository: boolean
  /** The peek pane has the whole screen. */
  large: boolean
  peek: Peek
  mode: Mode
  /** In reviews old and new are wanted side by side. */
  split: boolean
  /** Colours code; null: not there yet. */
  highlight: Highlight | null
  said: Said | null
  /** The terminal has the focus, as far as it tells. */
  focused: boolean
  /** What was asked before then does not know what the person has settled, ms since the epoch. */
  settledAt: number
  /** What matters most was asked for before anything was known. */
  wantsNext: boolean
}

export interface Peek {
  session: string | null
  screen: HostScreen | null
  /** Why there is no screen. */
  why: string
}

export interface Said {
  text: string
  tone: 'green' | 'red' | 'dim'
}

const NOTHING: AttentionView = { items: [], places: [], reviews: [] }

export function newBoard(repo: string | null): Board {
  return {
    repo,
    sessions: null,
    attention: NOTHING,
    changes: [],
    awaySince: null,
    selected: null,
    filter: '',
    byRepository: false,
    large: false,
    peek: { session: null, screen: null, why: '' },
    mode: { at: 'list' },
    split: true,
    highlight: null,
    said: null,
    focused: true,
    settledAt: 0,
    wantsNext: false,
  }
}

/** Checkouts of the person's that show a session. */
export function looksIn({ sessions }: Board): { session: SessionView; look: ShownIn }[] {
  return (sessions ?? []).flatMap((session) => (session.shownIn ?? []).map((look) => ({ session, look })))
}

export type Row =
  | { is: 'repository'; title: string }
  | { is: 'group'; group: Group; title: string; count: number }
  | { is: 'session'; id: string; session: SessionView; group: Group }
  /** Something of a train, of which no session is the owner. */
  | { is: 'train'; id: string; item: AttentionItem }

/** What the list shows, in its order. */
export function rowsOf(board: Board): Row[] {
  const { sessions, attention, filter, byRepository } = board
  if (!byRepository) return groupsOf(sessions ?? [], attention.items, filter)
  const roots = [
    ...new Set([...(sessions ?? []), ...attention.items].map(({ repository }) => repository.root)),
  ].sort()
  const names = namesOf(roots)
  return roots.flatMap((root) => {
    const of = <T extends { repository: { root: string } }>(all: readonly T[]): T[] =>
      all.filter(({ repository }) => repository.root === root)
    const rows = groupsOf(of(sessions ?? []), of(attention.items), filter)
    return rows.length === 0 ? [] : [{ is: 'repository' as const, title: names.get(root) ?? root }, ...rows]
  })
}

function groupsOf(sessions: readonly SessionView[], items: readonly AttentionItem[], filter: string): Row[] {
  const by = grouped(sessions, filter, items)
  const trains = items.filter(({ session }) => session === null)
  return GROUPS.flatMap(({ group, title }): Row[] => {
    const members = by.get(group) ?? []
    const others = group === 'needs' && filter === '' ? trains : []
    const count = members.length + others.length
    if (count === 0) return []
    return [
      { is: 'group', group, title, count },
      ...others.map((item): Row => ({ is: 'train', id: item.id, item })),
      ...members.map((session): Row => ({ is: 'session', id: session.id, session, group })),
    ]
  })
}

export type Selectable = Extract<Row, { id: string }>

export function selectable(board: Board): Selectable[] {
  return rowsOf(board).filter((row): row is Selectable => 'id' in row)
}

/** The row under the cursor: the first one where what was selected is gone. */
export function current(board: Board): Selectable | null {
  const all = selectable(board)
  return all.find(({ id }) => id === board.selected) ?? all[0] ?? null
}

/** The session under the cursor. */
export function currentSession(board: Board): SessionView | null {
  const row = current(board)
  return row?.is === 'session' ? row.session : null
}

/** Whose screen the peek pane should show; null: none. */
export function peeked(board: Board): SessionView | null {
  return board.mode.at === 'list' || board.mode.at === 'line' ? currentSession(board) : null
}

/** The first item that was not skipped, with its place. */
export function nextItem(
  { attention: { items, places } }: Board,
  skipped: ReadonlySet<string>,
): { item: AttentionItem; place: string } | null {
  const at = items.findIndex(({ id }) => !skipped.has(id))
  const item = items[at]
  return item === undefined ? null : { item, place: places[at] ?? '' }
}

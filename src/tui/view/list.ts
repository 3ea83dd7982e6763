/** The list: groups, and of each session its facts, its branch and its words, in one line or in two. Pure. */
import type { SessionView } from '../../protocol/api.ts'
import { namesOf } from '../../protocol/repository-names.ts'
import type { Look } from '../../terminal/look.ts'
import { age, endOf, oneLine, pad, truncate, width } from '../../terminal/text.ts'
import { type Board, current, type Row, rowsOf, type Selectable } from '../board.ts'
import {
  aligned,
  BETWEEN,
  branchOf,
  close,
  factsOf,
  GROUP_COLOURS,
  type SessionRow,
  totalOf,
  widthsOf,
  wordsOf,
} from './row.ts'

/** A line on the screen, and the row it belongs to. */
export interface Shown {
  text: string
  id: string | null
  /** Of the row under the cursor. */
  here?: boolean
}

/** Columns of the mark before a row. */
const MARK = 2
/** From so many columns a row holds everything, where not all can have a second line for their words. */
const ONE_LINE = 120
/** From so many it does in any case, and its facts stand in columns. */
const ONE_LINE_ALWAYS = 140
/** What the branch gets in such a line at most, and of what the facts leave. */
const BRANCH_BESIDE = 28
const BRANCH_SHARE = 0.4

/** How the rows are laid out: the same for all of them. */
interface Layout {
  /** The facts of each session, by its id. */
  facts: ReadonlyMap<string, string>
  /** Columns that they take, and branches behind them; null: branch and words have a line below. */
  beside: { facts: number; branch: number } | null
  /** How the repository of each session is called, where those of several stand side by side. */
  repositoryOf: (session: SessionView) => string | null
  look: Look
  now: number
}

/** @returns every line of the list; of the selected row everything is on the screen, as far as two lines hold it */
export function listOf(board: Board, look: Look, now: number, rows: number): Shown[] {
  const all = rowsOf(board)
  const selected = current(board)?.id ?? null
  const sessions = all.flatMap((row) => (row.is === 'session' ? [row.session] : []))
  const roomy = all.length + sessions.length <= rows
  const beside = look.width >= (roomy ? ONE_LINE_ALWAYS : ONE_LINE)
  const layout = layoutOf(board, all, beside, look, now)
  return all.flatMap((row): Shown[] => {
    if (!('id' in row)) return [{ text: heading(row, look), id: null }]
    const here = row.id === selected
    const [facts, words] = row.is === 'train' ? trainRow(row, now) : sessionRow(row, layout)
    const first = truncate(`${here ? '▸' : ' '} ${facts}`, look.width)
    const second = truncate(`    ${words}`, look.width)
    const lines = [{ text: here ? look.paint('bold', first) : first, id: row.id, here }]
    return words !== '' && ((roomy && !beside) || here)
      ? [...lines, { text: look.paint('dim', second), id: row.id, here }]
      : lines
  })
}

function heading(row: Exclude<Row, Selectable>, look: Look): string {
  if (row.is === 'repository') return look.paint('bold', truncate(`═ ${oneLine(row.title)}`, look.width))
  return look.paint(GROUP_COLOURS[row.group] ?? 'bold', `${row.title} (${row.count})`)
}

function trainRow({ item }: Extract<Row, { is: 'train' }>, now: number): [string, string] {
  return [`the train: ${item.kind} ${age(now - item.since)}`, oneLine(item.why)]
}

function layoutOf(board: Board, rows: readonly Row[], isBeside: boolean, look: Look, now: number): Layout {
  const all = rows.filter((row) => row.is === 'session')
  const known = all.map(({ session }) => factsOf(session, board.changes, now))
  const widths = widthsOf(known)
  const isAligned = isBeside ? look.width >= ONE_LINE_ALWAYS : MARK + totalOf(widths) <= look.width
  const lines = all.map((row, i) => aligned(row, known[i] ?? [], isAligned ? widths : close(widths), look))
  const names = namesOf([...new Set(all.map(({ session }) => session.repository.root))])
  const several = names.size > 1 && !board.byRepository
  const repositoryOf = ({ repository: { root } }: SessionView): string | null =>
    several ? (names.get(root) ?? null) : null
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(width))
  const columns = widest(lines)
  const left = look.width - MARK - columns - 2 * BETWEEN.length
  const branch = Math.min(
    widest(all.map(({ session }) => branchOf(session, repositoryOf(session)))),
    BRANCH_BESIDE,
    Math.max(0, Math.floor(left * BRANCH_SHARE)),
  )
  return {
    facts: new Map(all.map(({ id }, i) => [id, lines[i] ?? ''])),
    beside: isBeside ? { facts: columns, branch } : null,
    repositoryOf,
    look,
    now,
  }
}

/** @returns the line of a session, and what is to stand below it; empty: all of it is in the line */
function sessionRow({ session }: SessionRow, layout: Layout): [string, string] {
  const { facts, beside, repositoryOf, look, now } = layout
  const line = facts.get(session.id) ?? ''
  const [where, words] = [branchOf(session, repositoryOf(session)), wordsOf(session, now)]
  const below = `${where}${BETWEEN}${words}`
  if (beside === null) return [line, below]
  const end = [pad(endOf(where, beside.branch), beside.branch), words].join(BETWEEN)
  const whole = [pad(line, beside.facts), look.paint('dim', end)].join(BETWEEN)
  return [whole, width(where) <= beside.branch && MARK + width(whole) <= look.width ? '' : below]
}

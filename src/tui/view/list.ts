/** The list: groups, and of each session a line of facts and a line of words. Pure. */
import { waitsAs } from '../../protocol/attention.ts'
import { costOf, doing, sizeOf } from '../../board/words.ts'
import type { ChangeView, SessionView } from '../../protocol/api.ts'
import type { Colour, Look } from '../../terminal/look.ts'
import { lastSentence } from '../../terminal/sessions-table.ts'
import { age, oneLine, pad, truncate, width } from '../../terminal/text.ts'
import { type Board, current, type Row, rowsOf, type Selectable } from '../board.ts'

/** A line on the screen, and the row it belongs to. */
export interface Shown {
  text: string
  id: string | null
  /** Of the row under the cursor. */
  here?: boolean
}

const GROUP_COLOURS: Record<string, Colour> = { needs: 'yellow', ready: 'green', working: 'cyan' }
/** Widths that columns of facts have at most. */
const NAME_MOST = 24
const DOING_MOST = 24
const AGENT_MOST = 10
/** Of the line of words, what the branch gets at most. */
const BRANCH_MOST = 32

/** @returns every line of the list; the selected row always has both of its lines */
export function listOf(board: Board, look: Look, now: number, rows: number): Shown[] {
  const all = rowsOf(board)
  const selected = current(board)?.id ?? null
  const sessions = all.flatMap((row) => (row.is === 'session' ? [row.session] : []))
  const several = new Set(sessions.map(({ repository }) => repository.id)).size > 1 && !board.byRepository
  const widths = columnsOf(sessions, now)
  const roomy = all.length + sessions.length <= rows
  return all.flatMap((row): Shown[] => {
    if (!('id' in row)) return [{ text: heading(row, look), id: null }]
    const here = row.id === selected
    const [facts, words] =
      row.is === 'train' ? trainRow(row, now) : sessionRow(row, board, widths, several, look, now)
    const first = truncate(`${here ? '▸' : ' '} ${facts}`, look.width)
    const second = truncate(`    ${words}`, look.width)
    const lines = [{ text: here ? look.paint('bold', first) : first, id: row.id, here }]
    return roomy || here ? [...lines, { text: look.paint('dim', second), id: row.id, here }] : lines
  })
}

function heading(row: Exclude<Row, Selectable>, look: Look): string {
  if (row.is === 'repository') return look.paint('bold', truncate(`═ ${oneLine(row.title)}`, look.width))
  return look.paint(GROUP_COLOURS[row.group] ?? 'bold', `${row.title} (${row.count})`)
}

function trainRow({ item }: Extract<Row, { is: 'train' }>, now: number): [string, string] {
  return [`the train: ${item.kind} ${age(now - item.since)}`, oneLine(item.why)]
}

interface Widths {
  name: number
  doing: number
  agent: number
}

function columnsOf(sessions: readonly SessionView[], now: number): Widths {
  const widest = (most: number, of: (s: SessionView) => string): number =>
    Math.min(most, Math.max(0, ...sessions.map((s) => width(of(s)))))
  return {
    name: widest(NAME_MOST, nameOf),
    doing: widest(DOING_MOST, (s) => activity(s, now)),
    agent: widest(AGENT_MOST, ({ agent }) => oneLine(agent)),
  }
}

function nameOf(s: SessionView): string {
  return `${s.pinned ? '* ' : ''}${oneLine(s.name)}`
}

/** With the age of its evidence. */
function activity(s: SessionView, now: number): string {
  return `${doing(s)} ${age(now - s.activity.at)}`
}

function sessionRow(
  { session: s, group }: Extract<Row, { is: 'session' }>,
  board: Board,
  widths: Widths,
  several: boolean,
  look: Look,
  now: number,
): [string, string] {
  const cell = (text: string, most: number): string => pad(truncate(text, most), most)
  const facts = [
    cell(nameOf(s), widths.name),
    look.paint(GROUP_COLOURS[group] ?? 'dim', cell(activity(s, now), widths.doing)),
    cell(oneLine(s.agent), widths.agent),
    ...[size(s), merges(s, look), place(s, board.changes), cost(s)].filter((text) => text !== ''),
  ]
  const branch = truncate(oneLine(s.branch), BRANCH_MOST)
  const where = several ? `${oneLine(s.repository.root.split('/').at(-1) ?? '')}:${branch}` : branch
  const note = s.note === '' ? '' : `[${oneLine(s.note)}] `
  return [facts.join('  '), `${where}  ${note}${words(s, now)}`]
}

/** Lines added and removed, as git told them at its handoff. */
function size(s: SessionView): string {
  const known = sizeOf(s)
  return known === null ? '' : `+${known.added} -${known.removed}`
}

/** Whether it still merges with main; what is no longer known is told as such. */
function merges({ merges: known, stage }: SessionView, look: Look): string {
  if (known === null || stage === 'landed') return ''
  if (known.stale !== null) return look.paint('dim', known.clean ? 'merged earlier' : 'conflicted earlier')
  return known.clean ? 'merges' : look.paint('yellow', `conflicts in ${known.files.length}`)
}

function place(s: SessionView, changes: readonly ChangeView[]): string {
  const change = s.stage === 'on-train' ? changes.find(({ id }) => id === s.change) : undefined
  return change?.position === undefined || change.position === null ? '' : `train ${change.position}`
}

/** As the agent reports it; nothing where it reports none. */
function cost(s: SessionView): string {
  const usd = costOf(s)
  return usd === null ? '' : `$${usd.toFixed(2)}`
}

/** What it waits for, where it stands, or what it said last. */
function words(s: SessionView, now: number): string {
  const [first] = s.attention
  if (first && first.kind !== 'ready' && first.kind !== 'done')
    return `${oneLine(waitsAs(first))} (${age(now - first.since)})`
  const where = ['waiting', 'on-train', 'planned', 'preparing'].includes(s.stage)
  if (where) return oneLine(s.stageWhy)
  return s.lastMessage === '' ? oneLine(s.goal) : lastSentence(s.lastMessage)
}

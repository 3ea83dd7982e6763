/** What the list says of a session: facts in columns, its branch, and words. Pure. */
import { costOf, doing, seenDoing, sizeOf } from '../../board/words.ts'
import type { ChangeView, SessionView } from '../../protocol/api.ts'
import { waitsAs } from '../../protocol/attention.ts'
import type { Colour, Look } from '../../terminal/look.ts'
import { lastSentence } from '../../terminal/sessions-table.ts'
import { age, oneLine, pad, truncate, width } from '../../terminal/text.ts'
import type { Row } from '../board.ts'

export type SessionRow = Extract<Row, { is: 'session' }>

export const GROUP_COLOURS: Record<string, Colour> = { needs: 'yellow', ready: 'green', working: 'cyan' }

export const BETWEEN = '  '
/** What columns of facts have at most: name, activity, agent, lines, merges, place, cost. */
const MOST = [24, 24, 10, 18, 18, 9, 9] as const
/** Name, activity and agent are known of each. */
const FIRST = 3
/** What the branch gets at most. */
export const BRANCH_MOST = 32

/** What is known of a session, as text of no more columns than {@link MOST}; empty: not known. */
export function factsOf(s: SessionView, changes: readonly ChangeView[], now: number): string[] {
  const said = [nameOf(s), activity(s, now), oneLine(s.agent), size(s), merges(s), place(s, changes), cost(s)]
  return said.map((text, i) => truncate(text, MOST[i] ?? 0))
}

/** The widest of each column; 0: nothing is known of any. */
export function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return MOST.map((_, i) => Math.max(0, ...rows.map((row) => width(row[i] ?? ''))))
}

/** Columns that facts of these widths take. */
export function totalOf(widths: readonly number[]): number {
  const there = widths.filter((columns) => columns > 0)
  return there.reduce((sum, columns) => sum + columns, BETWEEN.length * (there.length - 1))
}

/** Facts in columns of these widths, each below the same of the session above. */
export function aligned(
  row: SessionRow,
  facts: readonly string[],
  widths: readonly number[],
  look: Look,
): string {
  return facts
    .map((text, i) => painted(pad(text, widths[i] ?? 0), i, row, look))
    .filter((text) => text !== '')
    .join(BETWEEN)
}

/** The widths where there is less room: of what stands behind the agent only what is known, one behind the other. */
export function close(widths: readonly number[]): readonly number[] {
  return widths.slice(0, FIRST)
}

/** The activity in the colour of its group; what wants the person, or is no longer sure, in its own. */
function painted(text: string, column: number, { session, group }: SessionRow, { paint }: Look): string {
  const { merges: known } = session
  if (column === 1) return paint(GROUP_COLOURS[group] ?? 'dim', text)
  if (column === 3 && session.work?.stale) return paint('dim', text)
  if (column !== 4 || known === null || text === '') return text
  if (known.stale !== null) return paint('dim', text)
  return known.clean ? text : paint('yellow', text)
}

function nameOf(s: SessionView): string {
  return `${s.pinned ? '* ' : ''}${oneLine(s.name)}`
}

/** With the age of its evidence. */
function activity(s: SessionView, now: number): string {
  return `${doing(s)} ${age(now - seenDoing(s))}`
}

/** Lines added and removed, as last counted; what is no longer known is told as such. */
function size(s: SessionView): string {
  const known = sizeOf(s)
  if (known === null) return ''
  return `+${known.added} -${known.removed}${known.stale === null ? '' : ' earlier'}`
}

/** Whether it still merges with main; what is no longer known is told as such. */
function merges({ merges: known, stage }: SessionView): string {
  if (known === null || stage === 'landed') return ''
  if (known.stale !== null) return known.clean ? 'merged earlier' : 'conflicted earlier'
  return known.clean ? 'merges' : `conflicts in ${known.files.length}`
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

/** @param repository how its repository is named too; null: it is not */
export function branchOf(s: SessionView, repository: string | null): string {
  const branch = truncate(oneLine(s.branch), BRANCH_MOST)
  return repository === null ? branch : `${oneLine(repository)}:${branch}`
}

/** The person's note, and what it waits for, where it stands, or what it said last. */
export function wordsOf(s: SessionView, now: number): string {
  return `${s.note === '' ? '' : `[${oneLine(s.note)}] `}${said(s, now)}`
}

function said(s: SessionView, now: number): string {
  const [first] = s.attention
  if (first && first.kind !== 'ready' && first.kind !== 'done')
    return `${oneLine(waitsAs(first))} (${age(now - first.since)})`
  const where = ['waiting', 'on-train', 'planned', 'preparing'].includes(s.stage)
  if (where) return oneLine(s.stageWhy)
  const last = s.lastMessage === '' ? oneLine(s.goal) : lastSentence(s.lastMessage)
  return first?.kind === 'ready' ? `${oneLine(first.why)} · ${last}` : last
}

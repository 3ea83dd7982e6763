/** A review on the screen: the rows around the cursor, each as high as its text. Pure. */
import type { Highlight } from '../../board/code/colours.ts'
import type { ReviewComment, ReviewFile, ReviewLine } from '../../protocol/review.ts'
import type { Look } from '../../terminal/look.ts'
import { commentText, hunkHead, kindsOf, nameOf } from '../../terminal/review/hunks.ts'
import { count, folded, oneLine, truncate, wrap } from '../../terminal/text.ts'
import { placeOf, through } from '../../board/place.ts'
import { type ReviewMode, SIDE_BY_SIDE } from '../mode.ts'
import { placed } from '../reviewing/move.ts'
import { lineAt, type ReviewRow } from '../reviewing/rows.ts'
import { draftsOf } from '../reviewing/word.ts'
import { coloursAt, lineBelow, linesBeside } from './code.ts'
import type { Shown } from './list.ts'

/** Columns of the mark before a row. */
const MARK = 2
/** Columns of a file's size at least. */
const SIZE_LEAST = 9

/** @returns lines, at most `room`, and the first and last row that they show */
export function reviewOf(
  mode: ReviewMode,
  highlight: Highlight | null,
  look: Look,
  room: number,
  now: number,
): { shown: Shown[]; top: number; last: number } {
  const { rows, at } = placed({ ...mode, wide: isWide(look) }, now)
  const narrow = { ...look, width: look.width - MARK }
  const drawn = new Map<number, string[]>()
  const lines = (index: number): string[] => {
    const row = rows[index]
    const known =
      drawn.get(index) ?? (row === undefined ? [] : linesOf(row, mode, narrow, highlight, index === at))
    drawn.set(index, known)
    return known
  }
  /** First row of as many up to this one as fit. */
  const first = (end: number): number => {
    let index = end
    for (let used = lines(end).length; index > 0; index--) {
      used += lines(index - 1).length
      if (used > room) break
    }
    return index
  }
  // What is on the screen stays where it can; nothing is left empty below.
  const top = Math.max(first(at), Math.min(mode.top, at, first(rows.length - 1)))
  const shown: Shown[] = []
  let last = top
  for (let index = top; index < rows.length && shown.length < room; index++) {
    const row = rows[index]
    if (row === undefined) break
    const mark = within(row, rows[at], mode) ? '│' : index === at && !isAtNew(row, mode) ? '▸' : ' '
    const some = lines(index).map((line, i) => ({
      text: `${i === 0 || mark === '│' ? mark : ' '} ${line}`,
      id: row.id,
    }))
    shown.push(...some)
    if (shown.length <= room) last = index
  }
  return { shown: shown.slice(0, room), top, last }
}

/** Is there room for old and new side by side? */
export function isWide({ width }: Look): boolean {
  return width >= SIDE_BY_SIDE
}

/** Side by side, the mark of who is at the new line stands before that one. */
function isAtNew(row: ReviewRow, { side }: ReviewMode): boolean {
  return row.is === 'line' && row.pair?.new !== undefined && row.pair.new !== null && side === 'new'
}

/** Is it one of the lines that a comment will be on, but for the last of them? */
function within(row: ReviewRow, end: ReviewRow | undefined, { from, side }: ReviewMode): boolean {
  if (from === null || row === end || row.is !== 'line' || end?.is !== 'line') return false
  const [to, here] = [end, row].map((each) => placeOf(each.path ?? '', lineAt(each, side)))
  if (!to || !here) return false
  if (here.path !== from.path || here.side !== from.side) return false
  const { line, count: long } = through(from, to)
  return here.line >= line && here.line < line + long
}

function linesOf(
  row: ReviewRow,
  mode: ReviewMode,
  look: Look,
  highlight: Highlight | null,
  here: boolean,
): string[] {
  switch (row.is) {
    case 'text':
      return (row.cut ? [truncate(row.text, look.width)] : indented(row.text, look.width)).map((line) =>
        row.tone === 'plain' ? line : look.paint(row.tone, line),
      )
    case 'listed':
      return [truncate(listed(row.comment), look.width)]
    case 'file':
      return [fileLine(row, mode.shown?.view.files ?? [], look)]
    case 'hunk':
      return [
        look.paint('cyan', truncate(`  ${hunkHead(row.hunk, mode.shown?.view.turns ?? [])}`, look.width)),
      ]
    case 'line': {
      const { hunk, pair, line, path } = row
      const colours = (each: ReviewLine) => coloursAt(path ?? '', hunk, each, highlight, look)
      return pair === null
        ? lineBelow(line, hunk, colours(line), look)
        : linesBeside(pair, hunk, colours, look, here && isAtNew(row, mode))
    }
    case 'snapshot':
      return [truncate(`  ${row.text}`, look.width)]
    case 'comment':
      return commentText(row.comment, look).flatMap((line) => folded(line, look.width, 6))
  }
}

/** As {@link wrap}, each line as far to the right as the first. */
function indented(text: string, columns: number): string[] {
  const blanks = /^ */.exec(text)?.[0] ?? ''
  return wrap(text, columns - blanks.length).flatMap((line) =>
    folded(line, columns - blanks.length).map((part) => blanks + part),
  )
}

function listed({ id, state, path, side, line, writtenAt, text }: ReviewComment): string {
  const where = line === null && side === 'new' ? `line ${writtenAt} then` : `${line ?? writtenAt}`
  return `  ${id} ${state}  ${oneLine(path)}:${side === 'old' ? '-' : ''}${where}  ${oneLine(text)}`
}

/** @param files all of them: their names stand below one another */
function fileLine(
  { file, open, marked, comments }: Extract<ReviewRow, { is: 'file' }>,
  files: readonly ReviewFile[],
  look: Look,
): string {
  const facts = [
    ...kindsOf(file),
    ...(file.folded === null ? [] : [file.folded]),
    ...(comments === 0 ? [] : [count(comments, 'comment')]),
  ]
  const size = sizeOf(file).padStart(Math.max(SIZE_LEAST, ...files.map((each) => sizeOf(each).length)))
  const name = `${marked ? '✓' : '·'} ${size}  ${nameOf(file)}`
  const line = truncate(facts.length === 0 ? name : `${name}  ${facts.join(', ')}`, look.width)
  return open ? look.paint('bold', line) : marked ? look.paint('dim', line) : line
}

function sizeOf({ added, removed }: ReviewFile): string {
  return added === null || removed === null ? '' : `+${added} −${removed}`
}

/** What can be done next. */
export function reviewHints(mode: ReviewMode): string {
  if (mode.shown === null) return 'q back'
  const drafts = draftsOf(mode.shown.view.comments)
  const looking = mode.shown.asked === mode.asked ? [] : ['looking…']
  const back = drafts === 0 ? 'h hand back' : `h hand back (${drafts})`
  return [...looking, 'Space on', 'c comment', back, 'y approve', 'Y land', 'R reject', '? help'].join('   ')
}

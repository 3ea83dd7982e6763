/** Files of a review as text. Pure. */
import { startOf } from '../../protocol/hunk.ts'
import type { ReviewComment, ReviewFile, ReviewHunk, ReviewLine, ReviewTurn } from '../../protocol/review.ts'
import type { Look } from '../look.ts'
import { painted } from '../picture.ts'
import { count, lines, oneLine, pad, truncate, width, wrap } from '../text.ts'

/** What stands before a line. */
const SIGN = { same: ' ', added: '+', removed: '-' } as const
const TAB = '    '
/** SGR codes of words that changed, bold and underlined: told apart from their line in whatever colour, and in none. */
export const WORD: readonly number[] = [1, 4]

export interface Page {
  look: Look
  turns: readonly ReviewTurn[]
  comments: readonly ReviewComment[]
  /** As of a view. */
  marks: readonly string[]
}

export function fileText(file: ReviewFile, page: Page): string[] {
  const mine = page.comments.filter(({ path }) => path === file.path)
  const shown = new Set<string>()
  const body = file.hunks.flatMap((hunk) => hunkText(hunk, page, mine, shown))
  const rest = mine.filter(({ id }) => !shown.has(id))
  return [
    headOf(file, page),
    ...(file.omitted === null ? [] : [page.look.paint('dim', `  ${file.omitted}`)]),
    ...body,
    // Their lines are gone, or unchanged and far from every change.
    ...rest.flatMap((comment) => commentText(comment, page.look)),
    '',
  ]
}

function headOf(file: ReviewFile, { look: { paint, width }, marks }: Page): string {
  const { added, removed, folded, turns, change } = file
  const facts = [
    ...kindsOf(file),
    ...(added === null || removed === null ? [] : [`+${added} −${removed}`]),
    ...(folded === null ? [] : [folded]),
    ...(turns.length === 0 ? [] : [turnList(turns)]),
    ...(marks.includes(change) ? ['✓ gone through'] : []),
  ]
  return paint('bold', truncate(`${nameOf(file)}  ${facts.join(', ')}`, width))
}

export function nameOf({ path, from }: ReviewFile): string {
  return oneLine(from === null ? path : `${from} → ${path}`)
}

/** What is unusual of the file itself. */
export function kindsOf(file: ReviewFile): string[] {
  const { status, oldMode, newMode, similarity, kind, oldSize, newSize } = file
  return [
    ...(status === 'modified' ? [] : [status]),
    ...(similarity === null || similarity === 100 ? [] : [`${similarity}% the same`]),
    ...(oldMode !== null && newMode !== null && oldMode !== newMode ? [`mode ${oldMode} → ${newMode}`] : []),
    ...(kind === 'text' ? [] : [kind]),
    ...(kind === 'binary' ? [`${oldSize ?? 0} → ${newSize ?? 0} bytes`] : []),
  ]
}

function turnList(turns: readonly number[]): string {
  return `turn${turns.length === 1 ? '' : 's'} ${turns.join(', ')}`
}

function hunkText(
  hunk: ReviewHunk,
  { look, turns }: Page,
  comments: readonly ReviewComment[],
  shown: Set<string>,
): string[] {
  return [
    look.paint('cyan', truncate(`  ${hunkHead(hunk, turns)}`, look.width)),
    ...hunk.lines.flatMap((line) => {
      const here = comments.filter((comment) => endsHere(comment, line))
      for (const { id } of here) shown.add(id)
      return [
        ...lineText(line, hunk, look).map((each) => `  ${each}`),
        ...here.flatMap((comment) => commentText(comment, look)),
      ]
    }),
  ]
}

/** Where it begins, and which turns and prompts it came from. */
export function hunkHead(hunk: ReviewHunk, turns: readonly ReviewTurn[]): string {
  const { heading } = hunk
  const whose = hunk.turns.map((n) =>
    whoseTurn(
      turns.find((turn) => turn.n === n),
      n,
    ),
  )
  return [`@@ line ${startOf(hunk)}`, ...(heading === '' ? [] : [oneLine(heading)]), ...whose].join(' · ')
}

/** Behind the last of its lines. */
export function endsHere({ side, line, code }: ReviewComment, { old, new: now, kind }: ReviewLine): boolean {
  if (line === null) return false
  const last = line + code.length - 1
  return side === 'old' ? kind === 'removed' && old === last : now === last
}

export function whoseTurn(turn: ReviewTurn | undefined, n: number): string {
  if (turn === undefined) return `turn ${n}`
  if (turn.kind === 'update') return `turn ${n}: main was brought in`
  if (turn.kind === 'outside' && turn.prompt !== '') return `turn ${n}, you: ${oneLine(turn.prompt)}`
  if (turn.kind === 'outside') return `turn ${n}: changed after the turn had ended`
  const who = {
    brief: 'brief',
    person: 'you',
    terminal: 'typed in its terminal',
    train: 'train',
    supervisor: 'Worktrain',
  }
  return `turn ${n}, ${turn.from === null ? 'unknown' : who[turn.from]}: ${oneLine(turn.prompt.split('\n')[0] ?? '')}`
}

/**
 * A line of it with its number, its turn where there are several, and the words that changed: where nothing can be
 * marked, by a second line below them, so that the first is what is written there and nothing else.
 */
function lineText(line: ReviewLine, hunk: ReviewHunk, { paint, marked }: Look): string[] {
  const gutter = gutterOf(line, hunk)
  const end = paint('dim', lineEnd(line))
  if (line.kind === 'same') return [`${paint('dim', gutter)}${codeText(line.text)}${end}`]
  const colour = line.kind === 'added' ? 'green' : 'red'
  const code = withWords(
    line,
    (text) => paint(colour, text),
    (text) => painted(paint(colour, text), marked ? WORD : []),
  )
  const below = marked ? '' : caretsBelow(line)
  return [`${paint(colour, gutter)}${code}${end}`, ...(below === '' ? [] : [pad('', width(gutter)) + below])]
}

/** What stands below the words of a line that changed; of one that takes no column, where it is. */
function caretsBelow({ text, words = [] }: ReviewLine): string {
  const columnOf = (at: number): number => width(codeText(text.slice(0, at)))
  return words.reduce((line, [from, to]) => {
    const [start, end] = [columnOf(from), columnOf(to)]
    return pad(line, start) + '^'.repeat(Math.max(1, end - start))
  }, '')
}

/** What is to be known of a line behind its text. */
export function lineEnd({ cut, noNewline }: ReviewLine): string {
  return `${cut ? `… ${cut} more characters` : ''}${noNewline ? ' (no line feed at the end)' : ''}`
}

/** What stands before the text of a line; all of a hunk are equally wide. */
export function gutterOf(line: ReviewLine, hunk: ReviewHunk, shown = line.new ?? line.old): string {
  const digits = String(Math.max(hunk.oldStart + hunk.oldLines, hunk.newStart + hunk.newLines)).length
  const number = String(shown ?? '').padStart(digits)
  const turn = hunk.turns.length > 1 ? (typeof line.turn === 'number' ? ` t${line.turn}` : '').padEnd(4) : ''
  return `${number}${turn} ${SIGN[line.kind]} `
}

function withWords(
  { text, words = [] }: ReviewLine,
  same: (text: string) => string,
  other: (text: string) => string,
): string {
  let at = 0
  let result = ''
  const put = (how: (text: string) => string, part: string) => {
    if (part !== '') result += how(codeText(part))
  }
  for (const [from, to] of words) {
    put(same, text.slice(at, from))
    put(other, text.slice(from, to))
    at = to
  }
  put(same, text.slice(at))
  return result
}

/** What is written there, and nothing that a terminal would obey. */
export function codeText(text: string): string {
  return lines(text.replaceAll('\t', TAB))
}

export function commentText(comment: ReviewComment, look: Look): string[] {
  const { id, state, side, line, writtenAt, text, replies, changed, code } = comment
  const where =
    line !== null
      ? side === 'old'
        ? ', on what was there before'
        : ''
      : side === 'old'
        ? `, on line ${writtenAt} before the change`
        : `, outdated: line ${writtenAt} was "${oneLine(code[0] ?? '')}"${code.length > 1 ? ` and ${count(code.length - 1, 'line')} more` : ''}`
  const seen = state === 'done' && side === 'new' && !changed ? ', but nothing has changed there' : ''
  const wrapped = (said: string) => said.split('\n').flatMap((each) => wrap(each, look.width - 6))
  return [
    look.paint('yellow', truncate(`    ● ${id} ${stateText[state]}${seen}${where}`, look.width)),
    ...wrapped(text).map((each) => `      ${each}`),
    ...replies.flatMap((reply) => [
      look.paint('dim', `      agent (${reply.status}):`),
      ...wrapped(reply.text).map((each) => `      ${each}`),
    ]),
  ]
}

const stateText: Record<ReviewComment['state'], string> = {
  draft: 'draft',
  sent: 'sent',
  answered: 'answered',
  done: 'the agent says it is done',
  resolved: 'resolved',
}

/** Code of a change on the screen: its colours, the words that changed, and nothing that a terminal would obey. Pure. */
import { coloured, type Highlight, languageOf } from '../../board/code/colours.ts'
import { piecesOf, type Span } from '../../board/code/pieces.ts'
import type { ReviewHunk, ReviewLine } from '../../protocol/review.ts'
import type { Look } from '../../terminal/look.ts'
import { painted } from '../../terminal/picture.ts'
import { codeText, gutterOf, lineEnd, WORD } from '../../terminal/review/hunks.ts'
import { folded, pad, width } from '../../terminal/text.ts'
import type { SplitRow } from '../../board/code/split.ts'

const BETWEEN = ' │ '

/**
 * SGR codes for what something is in its language: of the first sixteen colours, which the owner of the terminal
 * chose to be legible there, dark or light. Green and red say what was added and removed.
 */
const CODES = new Map(
  Object.entries({
    35: 'keyword built literal tag selector',
    36: 'string regexp quote addition',
    34: 'title name attr attribute property section',
    33: 'number symbol bullet meta type',
    2: 'comment doctag',
  }).flatMap(([code, kinds]) => kinds.split(' ').map((kind) => [kind, Number(code)] as const)),
)
const SIDES = { added: [32], removed: [31], same: [] } as const
const QUIET = [2]

type Colours = ReadonlyMap<ReviewLine, readonly Span[]>

/** Characters of code: they are coloured while a key waits for the screen. Of a longer hunk a part at a time. */
const CODE_MAX = 30_000
/** Lines of such a part, and of those before it that it is coloured with, as it may begin within a comment. */
const PART_LINES = 100
const BEFORE_LINES = 50

const NONE: Colours = new Map()

/** What is coloured together: lines from `start`, with the lines from `from` before them. */
interface Part {
  from: number
  start: number
  end: number
  /** Null: it was not on the screen yet. */
  colours: Colours | null
}

/** The parts of each hunk that came onto the screen, by their lines. */
const known = new WeakMap<ReviewHunk, ReadonlyMap<ReviewLine, Part>>()

/**
 * Colours of the part of a hunk in which a line stands.
 * @param highlight null: the languages are not there
 */
export function coloursAt(
  path: string,
  hunk: ReviewHunk,
  line: ReviewLine,
  highlight: Highlight | null,
  look: Look,
): Colours {
  const language = languageOf(path)
  if (highlight === null || language === null || !look.coloured) return NONE
  const parts = known.get(hunk) ?? partsOf(hunk)
  known.set(hunk, parts)
  const part = parts.get(line)
  if (part === undefined) return NONE
  part.colours ??= within(hunk, part, (code) => highlight(code, language))
  return part.colours
}

function partsOf({ lines }: ReviewHunk): Map<ReviewLine, Part> {
  const whole = lines.reduce((sum, { text }) => sum + text.length, 0) <= CODE_MAX
  const size = whole ? Math.max(1, lines.length) : PART_LINES
  const parts = new Map<ReviewLine, Part>()
  for (let start = 0; start < lines.length; start += size) {
    const end = start + size
    const part: Part = { from: Math.max(0, start - BEFORE_LINES), start, end, colours: null }
    for (const line of lines.slice(start, end)) parts.set(line, part)
  }
  return parts
}

/** Lines so long that even a part is too much have none. */
function within(hunk: ReviewHunk, { from, start, end }: Part, highlight: (code: string) => string): Colours {
  const some = coloured({ ...hunk, lines: hunk.lines.slice(from, end) }, highlight, CODE_MAX)
  return some.size > 0 || from === start
    ? some
    : coloured({ ...hunk, lines: hunk.lines.slice(start, end) }, highlight, CODE_MAX)
}

/** A line of a hunk, as many lines as it takes. */
export function lineBelow(line: ReviewLine, hunk: ReviewHunk, colours: Colours, look: Look): string[] {
  return drawn(line, gutterOf(line, hunk), colours, look, look.width)
}

/**
 * What was there beside what came in its place.
 * @param colours of each of the two
 * @param marked the person is at the new one
 */
export function linesBeside(
  { old, new: now }: SplitRow,
  hunk: ReviewHunk,
  colours: (line: ReviewLine) => Colours,
  look: Look,
  marked: boolean,
): string[] {
  const room = Math.floor((look.width - width(BETWEEN)) / 2)
  const side = (line: ReviewLine | null, number: 'old' | 'new'): string[] =>
    line === null ? [] : drawn(line, gutterOf(line, hunk, line[number]), colours(line), look, room)
  const [left, right] = [side(old, 'old'), side(now, 'new')]
  const rule = paint(look, QUIET, BETWEEN)
  const here = `${paint(look, QUIET, BETWEEN.trimEnd())}▸`
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, i) => `${pad(left[i] ?? '', room)}${marked && i === 0 ? here : rule}${right[i] ?? ''}`,
  )
}

function drawn(line: ReviewLine, gutter: string, colours: Colours, look: Look, columns: number): string[] {
  const side = SIDES[line.kind]
  const code = piecesOf(line.text, colours.get(line) ?? [], line.words ?? []).map(({ text, kind, word }) => {
    const own = CODES.get(kind)
    return paint(look, own === undefined ? side : [own], codeText(text), word ? WORD : [])
  })
  const before = paint(look, line.kind === 'same' ? QUIET : side, gutter)
  return folded(before + code.join('') + paint(look, QUIET, lineEnd(line)), columns, width(gutter))
}

/** @param marks codes that are no colours */
function paint(
  { coloured: wanted, marked }: Look,
  colours: readonly number[],
  text: string,
  marks: readonly number[] = [],
): string {
  return painted(text, [...(wanted ? colours : []), ...(marked ? marks : [])])
}

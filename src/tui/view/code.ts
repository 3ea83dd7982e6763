/** Code of a change on the screen: its colours, the words that changed, and nothing that a terminal would obey. Pure. */
import { coloured, type Highlight, languageOf } from '../../board/code/colours.ts'
import { piecesOf, type Span } from '../../board/code/pieces.ts'
import type { ReviewHunk, ReviewLine } from '../../protocol/review.ts'
import type { Look } from '../../terminal/look.ts'
import { painted } from '../../terminal/picture.ts'
import { codeText, gutterOf, lineEnd } from '../../terminal/review/hunks.ts'
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
/** Bold and underlined: told apart from its line in whatever colour. */
const WORD = [1, 4]
const QUIET = [2]

type Colours = ReadonlyMap<ReviewLine, readonly Span[]>

/** Characters of a hunk: it is coloured while a key waits for the screen. */
const CODE_MAX = 30_000

const NONE: Colours = new Map()
/** Found once for each hunk that comes onto the screen. */
const known = new WeakMap<ReviewHunk, Colours>()

/** @param highlight null: the languages are not there */
export function coloursOf(path: string, hunk: ReviewHunk, highlight: Highlight | null, look: Look): Colours {
  const language = languageOf(path)
  if (highlight === null || language === null || !look.coloured) return NONE
  const before = known.get(hunk)
  if (before !== undefined) return before
  const found = coloured(hunk, (code) => highlight(code, language), CODE_MAX)
  known.set(hunk, found)
  return found
}

/** A line of a hunk, as many lines as it takes. */
export function lineBelow(line: ReviewLine, hunk: ReviewHunk, colours: Colours, look: Look): string[] {
  return drawn(line, gutterOf(line, hunk), colours, look, look.width)
}

/** What was there beside what came in its place. */
export function linesBeside(
  { old, new: now }: SplitRow,
  hunk: ReviewHunk,
  colours: Colours,
  look: Look,
): string[] {
  const room = Math.floor((look.width - width(BETWEEN)) / 2)
  const side = (line: ReviewLine | null, number: 'old' | 'new'): string[] =>
    line === null ? [] : drawn(line, gutterOf(line, hunk, line[number]), colours, look, room)
  const [left, right] = [side(old, 'old'), side(now, 'new')]
  const rule = paint(look, QUIET, BETWEEN)
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, i) => `${pad(left[i] ?? '', room)}${rule}${right[i] ?? ''}`,
  )
}

function drawn(line: ReviewLine, gutter: string, colours: Colours, look: Look, columns: number): string[] {
  const side = SIDES[line.kind]
  const code = piecesOf(line.text, colours.get(line) ?? [], line.words ?? []).map(({ text, kind, word }) => {
    const own = CODES.get(kind)
    return paint(look, [...(own === undefined ? side : [own]), ...(word ? WORD : [])], codeText(text))
  })
  const before = paint(look, line.kind === 'same' ? QUIET : side, gutter)
  return folded(before + code.join('') + paint(look, QUIET, lineEnd(line)), columns, width(gutter))
}

function paint({ coloured: wanted }: Look, codes: readonly number[], text: string): string {
  return wanted ? painted(text, codes) : text
}

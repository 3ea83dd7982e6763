/** Edits with their surroundings, as people read them. Pure. */
import type { ReviewHunk, ReviewLine } from '../protocol/review.ts'
import type { Attribution } from './attribute.ts'
import { type Lines, textOf } from './bytes.ts'
import type { Edit } from './diff.ts'
import { wordSpans } from './words.ts'

/** Characters of a line that are shown. */
const LINE_MAX = 2000
/** Characters of a heading. */
const HEADING_MAX = 80

/**
 * @param context unchanged lines around an edit
 * @param most changed lines, after which no further hunk is made
 */
export function hunksOf(
  { old, now, edits, of }: { old: Lines; now: Lines; edits: readonly Edit[]; of: Attribution },
  context: number,
  most: number,
): { hunks: ReviewHunk[]; left: number } {
  const hunks: ReviewHunk[] = []
  let shown = 0
  let left = 0
  for (const group of grouped(edits, context)) {
    const size = group.reduce((sum, { a, aEnd, b, bEnd }) => sum + aEnd - a + bEnd - b, 0)
    if (shown >= most) {
      left += size
      continue
    }
    const [fitting, beyond] = cutTo(group, most - shown)
    left += beyond
    shown += size - beyond
    hunks.push(hunk({ old, now, of }, fitting, context))
  }
  return { hunks, left }
}

/** Edits whose surroundings meet are one hunk. */
function grouped(edits: readonly Edit[], context: number): Edit[][] {
  const groups: Edit[][] = []
  for (const edit of edits) {
    const last = groups.at(-1)
    const before = last?.at(-1)
    if (last && before && edit.a - before.aEnd <= 2 * context) last.push(edit)
    else groups.push([edit])
  }
  return groups
}

function cutTo(group: readonly Edit[], room: number): [Edit[], number] {
  const fitting: Edit[] = []
  let beyond = 0
  for (const { a, aEnd, b, bEnd } of group) {
    const removed = Math.min(aEnd - a, room)
    const added = Math.min(bEnd - b, room - removed)
    room -= removed + added
    beyond += aEnd - a - removed + (bEnd - b - added)
    if (removed + added > 0) fitting.push({ a, aEnd: a + removed, b, bEnd: b + added })
  }
  return [fitting, beyond]
}

type Sides = { old: Lines; now: Lines; of: Attribution }

function hunk({ old, now, of }: Sides, edits: readonly Edit[], context: number): ReviewHunk {
  const [first, last] = [edits[0], edits.at(-1)]
  const start = Math.max(0, (first?.a ?? 0) - context)
  const lead = (first?.a ?? 0) - start
  const lines: ReviewLine[] = []
  let [a, b] = [start, (first?.b ?? 0) - lead]
  const newStart = b
  const same = (to: number) => {
    for (; a < to; a += 1, b += 1)
      lines.push({ kind: 'same', old: a + 1, new: b + 1, ...shown(now, b), ...end(now, b) })
  }
  for (const edit of edits) {
    same(edit.a)
    lines.push(...replaced({ old, now, of }, edit))
    a = edit.aEnd
    b = edit.bEnd
  }
  same(Math.min(old.lines.length, now.lines.length - b + a, (last?.aEnd ?? 0) + context))
  const turns = new Set(lines.flatMap(({ turn }) => (typeof turn === 'number' ? [turn] : [])))
  return {
    oldStart: a > start ? start + 1 : start,
    oldLines: a - start,
    newStart: b > newStart ? newStart + 1 : newStart,
    newLines: b - newStart,
    heading: headingAbove(old, start),
    turns: [...turns].sort((x, y) => x - y),
    lines,
  }
}

function replaced({ old, now, of }: Sides, { a, aEnd, b, bEnd }: Edit): ReviewLine[] {
  const removed: ReviewLine[] = []
  const added: ReviewLine[] = []
  for (let i = a; i < aEnd; i += 1)
    removed.push({
      kind: 'removed',
      old: i + 1,
      new: null,
      ...shown(old, i),
      turn: of.removed.get(i) ?? null,
      ...end(old, i),
    })
  for (let i = b; i < bEnd; i += 1)
    added.push({
      kind: 'added',
      old: null,
      new: i + 1,
      ...shown(now, i),
      turn: of.added.get(i) ?? null,
      ...end(now, i),
    })
  // Line by line, and only where both sides are equally long: else it is a guess which became which.
  if (removed.length === added.length)
    for (const [i, line] of removed.entries()) {
      const other = added[i]
      const spans = other && wordSpans(line.text, other.text)
      if (!other || !spans) continue
      line.words = spans.old
      other.words = spans.now
    }
  return [...removed, ...added]
}

function shown({ lines }: Lines, at: number): { text: string; cut?: number } {
  const text = textOf(lines[at] ?? '')
  if (text.length <= LINE_MAX) return { text }
  return { text: text.slice(0, LINE_MAX), cut: text.length - LINE_MAX }
}

function end({ lines, open }: Lines, at: number): { noNewline?: true } {
  return open && at === lines.length - 1 ? { noNewline: true } : {}
}

/** As git finds it without knowing the language: a line that begins with a letter, `_` or `$`. */
function headingAbove({ lines }: Lines, start: number): string {
  for (let i = start - 1; i >= 0; i -= 1) {
    const line = lines[i] ?? ''
    if (/^[A-Za-z_$]/.test(line)) return textOf(line).trimEnd().slice(0, HEADING_MAX)
  }
  return ''
}

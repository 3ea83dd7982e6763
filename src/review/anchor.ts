/** Where a commented line is in another state of its file. Pure. */
import type { Anchor } from '../protocol/review.ts'
import { diffLines } from './diff.ts'

/** Lines around the commented ones that are kept to know them by. */
const CONTEXT = 4
/** Of a line that is kept, characters. */
const LINE_MAX = 500

/**
 * @param lines of the file, as text
 * @param line the first commented one, from 1
 * @param count how many
 * @returns null when the file has no such lines
 */
export function anchorAt(
  lines: readonly string[],
  { line, count, ...rest }: Pick<Anchor, 'path' | 'side' | 'commit' | 'line'> & { count: number },
): Anchor | null {
  const [start, end] = [line - 1, line - 1 + count]
  if (line < 1 || count < 1 || end > lines.length) return null
  const cut = (from: number, to: number) =>
    lines.slice(Math.max(0, from), to).map((each) => each.slice(0, LINE_MAX))
  return {
    ...rest,
    line,
    text: cut(start, end),
    before: cut(start - CONTEXT, start),
    after: cut(end, end + CONTEXT),
  }
}

/**
 * The place of the commented lines in a later state: first where the difference between the two states puts them;
 * where it takes them for removed, they may have moved, and are looked for by what they say and what stands around
 * them.
 * @param then lines of the file as it was commented; null: not known any more
 * @param now its lines in the later state
 * @returns the first line, from 1; null when they are gone
 */
export function reanchor(
  anchor: Anchor,
  then: readonly string[] | null,
  now: readonly string[],
): number | null {
  const kept = then === null ? null : throughDiff(anchor, then, now)
  return kept ?? byContent(anchor, now)
}

function throughDiff(anchor: Anchor, then: readonly string[], now: readonly string[]): number | null {
  const [start, end] = [anchor.line - 1, anchor.line - 1 + anchor.text.length]
  let shift = 0
  for (const { a, aEnd, b, bEnd } of diffLines(then, now)) {
    if (a >= end) break
    // Inserted in the middle of them, or one of them changed.
    if (aEnd > start || (a === aEnd && a > start)) return null
    shift += bEnd - b - (aEnd - a)
  }
  return start + shift + 1
}

/** A line such as `}` says nothing by itself. */
const SAYS_LITTLE = /^[\s\p{P}\p{S}]*$/u

function byContent(anchor: Anchor, now: readonly string[]): number | null {
  const { text, before, after } = anchor
  const alike = (kept: string | undefined, line: string | undefined) =>
    kept !== undefined && line !== undefined && kept === line.slice(0, LINE_MAX)
  let best: { line: number; score: number } | null = null
  const little = text.every((line) => SAYS_LITTLE.test(line))
  for (let at = 0; at + text.length <= now.length; at += 1) {
    if (!text.every((line, i) => alike(line, now[at + i]))) continue
    let score = 0
    for (let i = 1; i <= before.length && alike(before.at(-i), now[at - i]); i += 1) score += 1
    for (let i = 0; i < after.length && alike(after[i], now[at + text.length + i]); i += 1) score += 1
    if (little && score < 2) continue
    const nearer = best === null || Math.abs(at + 1 - anchor.line) < Math.abs(best.line - anchor.line)
    if (best === null || score > best.score || (score === best.score && nearer))
      best = { line: at + 1, score }
  }
  return best?.line ?? null
}

/** Are the commented lines, or those right around them, no longer as they were? @param line where they are now */
export function isChanged(
  { before, text, after }: Anchor,
  line: number | null,
  now: readonly string[],
): boolean {
  if (line === null) return true
  const there = now.slice(Math.max(0, line - 1 - before.length), line - 1 + text.length + after.length)
  const kept = [...before, ...text, ...after]
  return kept.length !== there.length || kept.some((each, i) => each !== there[i]?.slice(0, LINE_MAX))
}

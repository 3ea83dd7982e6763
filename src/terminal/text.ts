/** Text for a terminal: nothing that an agent or a repository wrote may steer it. Pure. */
import { stripVTControlCharacters } from 'node:util'
import { HIDDEN, HIDDEN_IN_LINES, spaced } from '../protocol/hidden.ts'

const END_OF_COLOUR = '\u001b[0m'
const COLOUR = /\u001b\[[0-9;:]*m/g

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}

/** One line: white space is one space, everything that would be obeyed or not be seen is shown as an escape. */
export function oneLine(text: string): string {
  return spaced(text).replace(HIDDEN, visible)
}

/** Many lines: newlines and tabs stay, everything else that would be obeyed or not be seen is shown as an escape. */
export function lines(text: string): string {
  return text.replace(HIDDEN_IN_LINES, visible)
}

/** As {@link lines}, but colours stay: for output that a program of ours coloured. */
export function colouredLines(text: string): string {
  const colours = text.match(COLOUR) ?? []
  return text
    .split(COLOUR)
    .map((part, i) => lines(part) + (colours[i] ?? ''))
    .join('')
}

/** The output of a terminal as plain text: what a line was overwritten with by `\r` is what counts. */
export function plainTerminal(text: string): string {
  const kept = stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r', line.length - 2) + 1).replace(/\r$/, ''))
  return lines(kept.join('\n'))
}

/** Made when first needed: it takes 15 ms, and most text is ASCII. */
let segmenter: Intl.Segmenter | undefined
function graphemes(text: string): Iterable<string> {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** East Asian wide and fullwidth, and what is drawn as an emoji (Unicode TR 11 and TR 51). */
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}])/u
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

function widthOf(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0
  return WIDE.test(grapheme) ? 2 : 1
}

/** Columns that text takes; colours take none. */
export function width(text: string): number {
  let sum = 0
  for (const segment of graphemes(text.replace(COLOUR, ''))) sum += widthOf(segment)
  return sum
}

/** At most `columns` wide, with `…` where something was cut; colours are kept and ended. */
export function truncate(text: string, columns: number): string {
  if (width(text) <= columns) return text
  const colours = text.match(COLOUR) ?? []
  const end = colours.length > 0 ? `…${END_OF_COLOUR}` : '…'
  let kept = ''
  let used = 0
  for (const [i, part] of text.split(COLOUR).entries()) {
    for (const segment of graphemes(part)) {
      const next = widthOf(segment)
      if (used + next > columns - 1) return kept.trimEnd() + end
      kept += segment
      used += next
    }
    kept += colours[i] ?? ''
  }
  return kept
}

/** As {@link truncate}, but what is cut is its beginning. Text without colours. */
export function endOf(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let kept = ''
  let used = 1
  for (const segment of [...graphemes(text)].toReversed()) {
    used += widthOf(segment)
    if (used > columns) break
    kept = segment + kept
  }
  return `…${kept.trimStart()}`
}

/**
 * Breaks a line into lines of at most `columns`, anywhere; colours go on.
 * @param indent columns that are left empty before all lines but the first
 */
export function folded(text: string, columns: number, indent = 0): string[] {
  if (width(text) <= columns) return [text]
  const before = ' '.repeat(indent < columns / 2 ? indent : 0)
  const colours = text.match(COLOUR) ?? []
  const done: string[] = []
  let line = ''
  let used = 0
  let active = ''
  for (const [i, part] of text.split(COLOUR).entries()) {
    for (const segment of graphemes(part)) {
      const next = widthOf(segment)
      if (used + next > columns) {
        done.push(active === '' ? line : line + END_OF_COLOUR)
        line = before + active
        used = before.length
      }
      line += segment
      used += next
    }
    const colour = colours[i] ?? ''
    line += colour
    active = colour === END_OF_COLOUR ? '' : active + colour
  }
  return [...done, line]
}

export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}

/** Rows as columns with two spaces between; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, width(cell))))
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : pad(cell, widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** Breaks text at spaces; a word longer than the line stays whole. */
export function wrap(text: string, columnsWide: number): string[] {
  const wrapped: string[] = []
  let line = ''
  for (const word of oneLine(text).split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) > columnsWide) {
      wrapped.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return line === '' ? wrapped : [...wrapped, line]
}

/** Rows of a name and a text: the text stands beside its name, and goes on below itself. */
export function facts(
  rows: readonly (readonly [name: string, text: string])[],
  columnsWide: number,
): string[] {
  const widest = Math.max(0, ...rows.map(([name]) => width(name)))
  return rows.flatMap(([name, text]) => {
    const [first = '', ...more] = wrap(text, columnsWide - widest - 2)
    return [`${pad(name, widest)}  ${first}`.trimEnd(), ...more.map((line) => ' '.repeat(widest + 2) + line)]
  })
}

/** Milliseconds as a person says them: `now`, `12s`, `5m`, `3h`, `2d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 1) return 'now'
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** As {@link age}, since when: `now`, `5m ago`. */
export function ago(ms: number): string {
  const said = age(ms)
  return said === 'now' ? said : `${said} ago`
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** First ten digits of a commit's name. */
export function short(oid: string | null): string {
  return oid === null ? 'none' : oid.slice(0, 10)
}

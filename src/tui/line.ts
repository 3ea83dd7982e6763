/** A line that is being typed. Pure. */
import type { Key } from './input.ts'

export interface Line {
  text: string
  /** Where the next character goes: an index into `text`. */
  cursor: number
}

export const NO_LINE: Line = { text: '', cursor: 0 }

export function lineOf(text: string): Line {
  return { text, cursor: text.length }
}

/** The line after a key; null: the key means nothing to a line. */
export function typed({ text, cursor }: Line, key: Key): Line | null {
  if ('paste' in key) return put(text, cursor, key.paste.replaceAll('\r\n', '\n').replaceAll('\r', '\n'))
  if (!('key' in key)) return null
  const before = text.slice(0, cursor)
  const after = text.slice(cursor)
  const shorter = (kept: string): Line => ({ text: kept + after, cursor: kept.length })
  switch (key.key) {
    case 'Backspace':
      return shorter(Array.from(before).slice(0, -1).join(''))
    case 'Ctrl-W':
      return shorter(before.replace(/\S*\s*$/, ''))
    case 'Ctrl-U':
      return shorter('')
    case 'Delete':
      return { text: before + Array.from(after).slice(1).join(''), cursor }
    case 'Left':
      return { text, cursor: Array.from(before).slice(0, -1).join('').length }
    case 'Right':
      return { text, cursor: cursor + (Array.from(after)[0]?.length ?? 0) }
    case 'Home':
    case 'Ctrl-A':
      return { text, cursor: 0 }
    case 'End':
    case 'Ctrl-E':
      return lineOf(text)
  }
  return Array.from(key.key).length === 1 ? put(text, cursor, key.key) : null
}

function put(text: string, cursor: number, more: string): Line {
  return { text: text.slice(0, cursor) + more + text.slice(cursor), cursor: cursor + more.length }
}

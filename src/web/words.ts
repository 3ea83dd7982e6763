/** Text for the person. Pure. */
import { clipped, HIDDEN_IN_LINES, spaced } from '../protocol/hidden.ts'

/** A duration, ms, as one or two units. */
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  if (s < 60) return `${s} s`
  const m = Math.floor(s / 60)
  if (m < 60) return `${m} min`
  const h = Math.floor(m / 60)
  if (h < 48) return m % 60 === 0 || h > 9 ? `${h} h` : `${h} h ${m % 60} min`
  return `${Math.floor(h / 24)} d`
}

/** Text of an agent, a file or a branch, with what cannot be seen made visible. */
export function visible(text: string): string {
  return text.replace(HIDDEN_IN_LINES, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x20
      ? String.fromCodePoint(0x2400 + code)
      : `\u27e8U+${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`
  })
}

/** The same on one line, at most `max` characters. */
export function oneLine(text: string, max = 300): string {
  return clipped(visible(spaced(text)), max)
}

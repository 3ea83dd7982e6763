/** Keys for Claude Code's terminal. */
import { literalPrompt } from './literal.ts'

const PASTE = '\u001b[200~'
const END_OF_PASTE = '\u001b[201~'
const ENTER = '\r'

/**
 * Longest paste, characters. A longer one, or one of more than a few lines, is folded and reaches the
 * model as pasted material instead of as the prompt (more than 800 or 5 lines, measured with 2.1.329).
 */
const PASTE_MAX = 600

/** Esc: ends the running turn. No hook tells of it; the session file says idle within 0.2 s. */
export const INTERRUPT = '\u001b'

/**
 * Writes that deliver `text` as one prompt: each line a paste of its own, so that none is folded, then
 * Enter in a write of its own, which is what makes it Enter.
 * @param terminal without bracketed paste every line break would send what stands so far
 * @returns null when the terminal does not take pastes
 */
export function promptKeys(text: string, terminal: { bracketedPaste: boolean }): string[] | null {
  if (!terminal.bracketedPaste) return null
  // A backslash before Enter is a line break.
  const literal = literalPrompt(text).trimEnd().replace(/\\$/, '\\ ')
  const pastes = literal.split('\n').flatMap((line, i) => pieces(i === 0 ? line : `\r${line}`))
  return [...pastes.map((piece) => PASTE + piece + END_OF_PASTE), ENTER]
}

/** Cuts between code points. */
function pieces(line: string): string[] {
  const found: string[] = []
  let piece = ''
  for (const point of line) {
    if (piece.length + point.length > PASTE_MAX) {
      found.push(piece)
      piece = ''
    }
    piece += point
  }
  if (piece !== '') found.push(piece)
  return found
}

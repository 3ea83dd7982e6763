/** What a terminal sends, as keys: plain ones, pastes, the mouse, whether it has the focus. State over reads, no I/O. */
import { StringDecoder } from 'node:string_decoder'

export type Key =
  /** A character, or a name such as `Enter`, `Up`, `Ctrl-K`. */
  | { key: string }
  | { paste: string }
  /** Columns and rows from 1. */
  | { click: { x: number; y: number } }
  | { wheel: 1 | -1; y: number }
  | { focus: boolean }

/** Final part of a control sequence -> key. */
const SEQUENCES: Record<string, string> = {
  A: 'Up',
  B: 'Down',
  C: 'Right',
  D: 'Left',
  H: 'Home',
  F: 'End',
  Z: 'BackTab',
  '1~': 'Home',
  '3~': 'Delete',
  '4~': 'End',
  '5~': 'PageUp',
  '6~': 'PageDown',
}
const CONTROLS: Record<string, string> = {
  '\r': 'Enter',
  '\n': 'Enter',
  '\t': 'Tab',
  '\u007f': 'Backspace',
  '\b': 'Backspace',
}

const PASTE_BEGIN = '\u001b[200~'
const PASTE_END = '\u001b[201~'
/** Control sequences, and what a terminal answers to a query that somebody else asked of it. */
const SEQUENCE =
  /^\u001b(?:\[([<=>?]?[\d;:]*)([@-~])|O([A-Za-z])|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\))/
const UNFINISHED = /^\u001b(?:$|\[[<=>?]?[\d;:]*$|O$|[\]PX^_][^\u0007\u001b]*\u001b?$)/
/** A paste larger than this is cut, characters. */
const PASTE_MAX = 100_000

export class Input {
  readonly #decoder = new StringDecoder('utf8')
  #held = ''

  /** More bytes may make something of what is held: call {@link flush} when none come. */
  get unfinished(): boolean {
    return this.#held !== '' && !this.#held.startsWith(PASTE_BEGIN)
  }

  push(bytes: Buffer): Key[] {
    this.#held += this.#decoder.write(bytes)
    const keys: Key[] = []
    while (this.#held !== '') {
      const taken = this.#take(keys)
      if (taken === 0) break
      this.#held = this.#held.slice(taken)
    }
    return keys
  }

  /** What looked like the beginning of a sequence was the Escape key. */
  flush(): Key[] {
    const rest = this.#held.slice(1)
    this.#held = ''
    return [{ key: 'Escape' }, ...(rest === '' ? [] : this.push(Buffer.from(rest)))]
  }

  /** @returns how many characters were used up; 0: the rest is still to come */
  #take(keys: Key[]): number {
    const text = this.#held
    if (text.startsWith(PASTE_BEGIN)) {
      const end = text.indexOf(PASTE_END)
      if (end < 0) return 0
      keys.push({ paste: text.slice(PASTE_BEGIN.length, end).slice(0, PASTE_MAX) })
      return end + PASTE_END.length
    }
    if (text.startsWith('\u001b')) {
      const found = SEQUENCE.exec(text)
      if (found !== null) {
        keys.push(...sequence(found[1] ?? '', found[2] ?? found[3] ?? ''))
        return found[0].length
      }
      if (UNFINISHED.test(text)) return 0
      keys.push({ key: 'Escape' })
      return 1
    }
    const character = String.fromCodePoint(text.codePointAt(0) ?? 0)
    keys.push({ key: named(character) })
    return character.length
  }
}

function named(character: string): string {
  const code = character.charCodeAt(0)
  const control = CONTROLS[character]
  if (control !== undefined) return control
  return code < 0x20 ? `Ctrl-${String.fromCharCode(code + 0x40)}` : character
}

function sequence(parameters: string, final: string): Key[] {
  if (final === 'I' && parameters === '') return [{ focus: true }]
  if (final === 'O' && parameters === '') return [{ focus: false }]
  if (parameters.startsWith('<') && (final === 'M' || final === 'm')) return mouse(parameters.slice(1), final)
  if (final === '~') return keyOf(`${parameters}~`)
  // With Ctrl or Alt held it says 1;5 or the like.
  return parameters === '' || parameters.startsWith('1;') ? keyOf(final) : []
}

function keyOf(sequence: string): Key[] {
  const name = SEQUENCES[sequence]
  return name === undefined ? [] : [{ key: name }]
}

/** An SGR report: only a press of the first button and the wheel mean something here. */
function mouse(parameters: string, final: 'M' | 'm'): Key[] {
  const [button = 0, x = 1, y = 1] = parameters.split(';').map(Number)
  if (button === 64 || button === 65) return [{ wheel: button === 64 ? -1 : 1, y }]
  return button === 0 && final === 'M' ? [{ click: { x, y } }] : []
}

/**
 * What a person's terminal sends while it is attached to a session: keys go on, answers to queries do not.
 *
 * The session's program asks its terminal questions (DA1, cursor position, kitty flags…). Its host answers
 * them. The person's terminal sees the same bytes and answers too; a second answer would be typed into
 * the program (facts/terminal-and-stack 3.5.4).
 */

const ESC = 0x1b
const BEL = 0x07
const PASTE_BEGIN = '200~'
const PASTE_END = '\x1b[201~'
/** A sequence that does not go on within this time was a key (Esc, Alt-]), milliseconds. */
const KEY_AFTER = 50
/** A string that does not go on within this time is none; its parts may come over a slow line. */
const STRING_AFTER = 1000
/** An answer longer than this is none. */
const HELD_MAX = 64 * 1024

export interface Typed {
  /** Bytes for the session. */
  forward: Uint8Array
  /** The detach key was pressed; what came after it is dropped. */
  detach: boolean
}

/** Splits the input of one terminal. State holds over reads, because a sequence may be cut anywhere. */
export class TerminalInput {
  readonly #key: number
  /** The unfinished sequence. */
  #held: number[] = []
  #pasting = false
  #pasteTail = ''
  /** Bytes of an old-style mouse report still to come. */
  #mouse = 0

  /** @param key the control character that detaches, e.g. 0x1d for Ctrl-]; -1: none does */
  constructor(key: number) {
    this.#key = key
  }

  /** Something is held back that more bytes may complete: call {@link flush} when none come. */
  get unfinished(): boolean {
    return this.#held.length > 0
  }

  /** How long to wait for the rest, milliseconds. */
  get patience(): number {
    return this.#held.length > 2 && this.#held[1] !== 0x5b ? STRING_AFTER : KEY_AFTER
  }

  push(bytes: Uint8Array): Typed {
    const out: number[] = []
    for (const byte of bytes) {
      if (this.#take(byte, out)) return { forward: Uint8Array.from(out), detach: true }
    }
    return { forward: Uint8Array.from(out), detach: false }
  }

  /** A lone Esc, Alt-[ or the like: what looked like the start of a sequence was a key. */
  flush(): Uint8Array {
    const held = Uint8Array.from(this.#held)
    this.#held = []
    return held
  }

  #take(byte: number, out: number[]): boolean {
    if (this.#pasting) {
      this.#paste(byte, out)
      return false
    }
    if (this.#mouse > 0) {
      this.#mouse--
      out.push(byte)
      return false
    }
    if (this.#held.length === 0) {
      if (byte === this.#key) return true
      if (byte === ESC) this.#held.push(byte)
      else out.push(byte)
      return false
    }
    const kind = this.#held[1]
    if (kind === undefined) return this.#second(byte, out)
    this.#held.push(byte)
    if (kind === 0x5b) return byte >= 0x40 && byte <= 0x7e && this.#csi(out)
    if (kind === 0x4f) this.#release(out)
    else if (byte === BEL || (byte === 0x5c && this.#held.at(-2) === ESC)) this.#held = []
    else if (this.#held.length > HELD_MAX) this.#release(out)
    return false
  }

  #second(byte: number, out: number[]): boolean {
    if (byte === ESC) {
      // Esc pressed twice, or before another sequence: the first one is a key.
      out.push(ESC)
      return false
    }
    this.#held.push(byte)
    // `[` CSI, `O` SS3, and the strings: DCS, SOS, OSC, PM, APC. Anything else is Alt and a key.
    if (![0x5b, 0x4f, 0x50, 0x58, 0x5d, 0x5e, 0x5f].includes(byte)) this.#release(out)
    return false
  }

  #csi(out: number[]): boolean {
    const sequence = String.fromCharCode(...this.#held.slice(2))
    if (isDetach(sequence, this.#key)) return true
    if (isReply(sequence)) this.#held = []
    else {
      this.#release(out)
      if (sequence === PASTE_BEGIN) this.#pasting = true
      if (sequence === 'M') this.#mouse = 3
    }
    return false
  }

  /** A paste is content: no key in it detaches, nothing in it is an answer. */
  #paste(byte: number, out: number[]): void {
    out.push(byte)
    this.#pasteTail = (this.#pasteTail + String.fromCharCode(byte)).slice(-PASTE_END.length)
    if (this.#pasteTail === PASTE_END) this.#pasting = false
  }

  #release(out: number[]): void {
    out.push(...this.#held)
    this.#held = []
  }
}

/**
 * The detach key as modern keyboards report it: kitty `CSI 93;5u`, modifyOtherKeys `CSI 27;5;93~`.
 * Releases do not count, and caps lock or num lock do not matter.
 */
function isDetach(sequence: string, key: number): boolean {
  const character = (key | 0x40) >= 0x41 && (key | 0x40) <= 0x5a ? key | 0x60 : key | 0x40
  const kitty = /^(\d+)(?::[\d:]*)?;(\d+)(?::(\d+))?(?:;[\d:]*)?u$/.exec(sequence)
  const other = /^27;(\d+);(\d+)~$/.exec(sequence)
  const [code, modifiers, event] = kitty
    ? [Number(kitty[1]), Number(kitty[2]), kitty[3] ?? '1']
    : [Number(other?.[2]), Number(other?.[1]), '1']
  return code === character && ((modifiers - 1) & 0b111111) === 0b100 && event !== '3'
}

/** Is this CSI an answer to a query, and not a key, a mouse or a focus report? */
function isReply(sequence: string): boolean {
  const final = sequence.at(-1)
  const params = sequence.slice(0, -1)
  switch (final) {
    case 'c':
      return /^[?>=]/.test(params)
    case 'n':
      // `?997` tells a change of the colour scheme: news, like focus.
      return params.startsWith('?') ? !params.startsWith('?997;') : params === '0' || params === '3'
    case 'R':
      // `1;2` to `1;8` are F3 with modifiers.
      return /^\??\d+;\d+(;\d+)?$/.test(params) && !/^1;[2-8]$/.test(params)
    case 'y':
      return params.endsWith('$')
    case 'u':
      return params.startsWith('?')
    case 't':
      // `48` is the in-band report of a new size.
      return !params.startsWith('48;')
    case 'S':
      return params.startsWith('?')
    case 'x':
      return /^[23];/.test(params)
    default:
      return false
  }
}

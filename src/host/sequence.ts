/**
 * Finds where an unfinished escape sequence or UTF-8 character begins.
 *
 * Output is cut at any byte. A snapshot of the screen taken in the middle of `CSI 3 1 m` says nothing of
 * the `CSI 3` already read, and a viewer would then print `1m`: the unfinished bytes go with the snapshot.
 */
const ESC = 0x1b

type State = 'ground' | 'utf8' | 'escape' | 'csi' | 'osc' | 'string' | 'osc-escape' | 'string-escape'

export class SequenceTracker {
  #state: State = 'ground'
  #missing = 0
  #offset = 0
  #begins = 0

  /** Offset at which the unfinished sequence begins; the end of what was read when there is none. */
  get boundary(): number {
    return this.#state === 'ground' ? this.#offset : this.#begins
  }

  push(bytes: Uint8Array): void {
    let i = 0
    while (i < bytes.length) {
      if (this.#state === 'ground') i = this.#ground(bytes, i)
      else if (this.#state === 'utf8') i = this.#continuation(bytes, i)
      else this.#step(bytes[i] as number, this.#offset + i++)
    }
    this.#offset += bytes.length
  }

  #ground(bytes: Uint8Array, from: number): number {
    const escape = bytes.indexOf(ESC, from)
    if (escape >= 0) {
      this.#begin('escape', this.#offset + escape)
      return escape + 1
    }
    for (let back = 1; back <= 3 && bytes.length - back >= from; back++) {
      const byte = bytes[bytes.length - back] as number
      if (byte < 0x80) break
      if (byte < 0xc0) continue
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      if (length > back) {
        this.#begin('utf8', this.#offset + bytes.length - back)
        this.#missing = length - back
      }
      break
    }
    return bytes.length
  }

  #continuation(bytes: Uint8Array, from: number): number {
    let i = from
    while (i < bytes.length && this.#missing > 0 && ((bytes[i] as number) & 0xc0) === 0x80) {
      this.#missing--
      i++
    }
    if (this.#missing === 0 || i < bytes.length) this.#state = 'ground'
    return i
  }

  #begin(state: State, at: number): void {
    this.#state = state
    this.#begins = at
  }

  #step(byte: number, at: number): void {
    // CAN and SUB end any sequence, ESC begins another one.
    if (byte === 0x18 || byte === 0x1a) this.#state = 'ground'
    else if (this.#state === 'escape') this.#escape(byte, at)
    else if (this.#state === 'csi') {
      if (byte === ESC) this.#begin('escape', at)
      else if (byte >= 0x40 && byte <= 0x7e) this.#state = 'ground'
    } else if (this.#state === 'osc' || this.#state === 'string') {
      if (byte === ESC) this.#state = this.#state === 'osc' ? 'osc-escape' : 'string-escape'
      else if (byte === 0x07 && this.#state === 'osc') this.#state = 'ground'
    } else if (byte === 0x5c) this.#state = 'ground'
    else {
      this.#begin('escape', at - 1)
      this.#escape(byte, at)
    }
  }

  #escape(byte: number, at: number): void {
    if (byte === ESC) this.#begins = at
    else if (byte === 0x5b) this.#state = 'csi'
    else if (byte === 0x5d) this.#state = 'osc'
    else if (byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) this.#state = 'string'
    else if (byte < 0x20 || byte > 0x2f) this.#state = 'ground'
  }
}

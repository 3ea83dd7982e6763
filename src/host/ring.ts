/** The last stretch of the session's output, so that a viewer can go on where it was. */

/** Kept bytes. Above the emulator's largest backlog, so that what follows a snapshot is always here. */
const RING_CAP = 2 * 1024 * 1024

/** Output bytes by their offset since the start of the session's process. */
export class OutputRing {
  #chunks: Uint8Array[] = []
  #start = 0
  #end = 0

  /** Offset after the last byte: total bytes of output. */
  get end(): number {
    return this.#end
  }

  /** @param parsed offset up to which the emulator has read: later bytes are kept whatever the cap */
  push(chunk: Uint8Array, parsed: number): void {
    this.#chunks.push(chunk)
    this.#end += chunk.length
    for (;;) {
      const first = this.#chunks[0]
      if (first === undefined) return
      const after = this.#start + first.length
      if (this.#end - after < RING_CAP || after > parsed) return
      this.#chunks.shift()
      this.#start = after
    }
  }

  /** Bytes of [from, to), or null when some of them are gone or have not come yet. */
  slice(from: number, to = this.#end): Uint8Array | null {
    if (!(from >= this.#start && from <= to && to <= this.#end)) return null
    const parts: Uint8Array[] = []
    let at = this.#start
    for (const chunk of this.#chunks) {
      const after = at + chunk.length
      if (after > from && at < to)
        parts.push(chunk.subarray(Math.max(0, from - at), Math.min(chunk.length, to - at)))
      at = after
    }
    return Buffer.concat(parts)
  }
}

/** Everything the session printed, byte for byte, in two files that take turns. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Appends to `raw.log`; at half the cap it becomes `raw.log.1` and a new one begins. Written
 * synchronously: the bytes are the kernel's before anyone sees them, so killing the host loses none.
 */
export class RawLog {
  readonly #path: string
  readonly #half: number
  readonly #failed: (error: unknown) => void
  #fd: number
  #size: number

  /** @param failed told once for each run of failed writes: a full disk must not stop the session */
  constructor(directory: string, cap: number, failed: (error: unknown) => void) {
    this.#path = join(directory, 'raw.log')
    this.#half = Math.max(1, Math.floor(cap / 2))
    this.#failed = failed
    this.#fd = openSync(this.#path, 'a', 0o600)
    this.#size = fstatSync(this.#fd).size
  }

  #failing = false

  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) {
        if (this.#size >= this.#half) this.#rotate()
        const part = bytes.subarray(at, at + this.#half - this.#size)
        const written = writeSync(this.#fd, part)
        this.#size += written
        at += written
      }
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#failed(error)
      this.#failing = true
    }
  }

  #rotate(): void {
    renameSync(this.#path, `${this.#path}.1`)
    const next = openSync(this.#path, 'a', 0o600)
    closeSync(this.#fd)
    this.#fd = next
    this.#size = 0
  }
}

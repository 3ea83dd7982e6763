/** `screen.ansi`: the screen as it stood when the session was last quiet, for when the host is gone. */
import { join } from 'node:path'
import { writeFileDurably } from '../platform/files.ts'
import type { SessionScreen } from './terminal.ts'

/** Silence that counts as idle, milliseconds. */
const IDLE_AFTER = 2000
/** An agent that never falls silent is written down this often, milliseconds. */
const AT_LEAST_EVERY = 30_000

export class Checkpoint {
  readonly #path: string
  readonly #screen: SessionScreen
  readonly #failed: (error: unknown) => void
  #timer: NodeJS.Timeout | null = null
  #dirtySince: number | null = null

  constructor(directory: string, screen: SessionScreen, failed: (error: unknown) => void) {
    this.#path = join(directory, 'screen.ansi')
    this.#screen = screen
    this.#failed = failed
  }

  /** There was output. */
  touch(now: number): void {
    this.#dirtySince ??= now
    if (now - this.#dirtySince > AT_LEAST_EVERY) this.write()
    else if (this.#timer === null) this.#timer = setTimeout(() => this.write(), IDLE_AFTER)
    else this.#timer.refresh()
  }

  /** Writes the screen as of everything received. */
  write(done: () => void = () => {}): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#dirtySince = null
    this.#screen.barrier(() => {
      try {
        writeFileDurably(this.#path, this.#screen.snapshot())
      } catch (error) {
        // It is a convenience; the raw log and the live screen are the truth.
        this.#failed(error)
      }
      done()
    })
  }
}

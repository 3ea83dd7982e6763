/** Output: lasting lines, and in a terminal a table below them that is redrawn in place. */

export interface Output {
  write: (text: string) => unknown
}

const UP = (lines: number): string => `\x1b[${lines}A`
const CLEAR_BELOW = '\r\x1b[J'
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'

export class Screen {
  readonly #out: Output
  readonly #live: boolean
  #drawn: string[] = []

  /** @param live the output is a terminal that can be drawn in */
  constructor(out: Output, live: boolean) {
    this.#out = out
    this.#live = live
  }

  get live(): boolean {
    return this.#live
  }

  /** Prints a line that stays. */
  say(text: string): void {
    const table = this.#drawn
    this.#out.write(`${this.#erase()}${text}\n`)
    this.draw(table)
  }

  /** Replaces the table; nothing without a terminal. */
  draw(table: string[]): void {
    if (!this.#live) return
    const text = table.map((line) => `${line}\n`).join('')
    this.#out.write(this.#erase() + (table.length > 0 ? HIDE_CURSOR : '') + text)
    this.#drawn = table
  }

  /** Takes the table away and gives the cursor back. Safe to repeat. */
  end(): void {
    if (!this.#live) return
    this.#out.write(this.#erase() + SHOW_CURSOR)
  }

  #erase(): string {
    const lines = this.#drawn.length
    this.#drawn = []
    return lines > 0 ? UP(lines) + CLEAR_BELOW : ''
  }
}

/** The session's screen: a headless emulator that is always there, also when nobody looks. */
// CommonJS packages: node gives their exports as the default, whatever their types say.
// oxlint-disable-next-line import/default
import serialize from '@xterm/addon-serialize'
// oxlint-disable-next-line import/default
import headless from '@xterm/headless'
import type { Terminal } from '@xterm/headless'
import { MAX_FRAME } from '../protocol/host.ts'
import type { HostScreen, ScreenStyle } from '../protocol/host.ts'
import { takeSafeLinks, withLinks } from './links.ts'
import { trackModes } from './modes.ts'
import type { TrackedModes } from './modes.ts'
import { SequenceTracker } from './sequence.ts'
import { stylesOf } from './styles.ts'

/** Longest title and line of text that leave the host, characters: a program may print any number into one. */
const TITLE_MAX = 300
const LINE_MAX = 20_000
/** Largest count in a control sequence; four screens of the widest terminal. */
const COUNT_MAX = 16_384
/** Sequences whose count the emulator takes at its word, one loop or cell each: up to 2^31 of them. */
const COUNTED = ['I', 'L', 'M', 'P', 'S', 'T', 'X', 'Z', '@', 'b'] as const

/** Clears screen, state and scrollback in band: `Terminal.reset()` overtakes bytes still queued. */
const RESET = '\x1bc\x1b[3J'

export interface ScreenOptions {
  cols: number
  rows: number
  /** Lines above the visible rows. */
  scrollback: number
  /** What the terminal answers to the program's queries. */
  reply: (data: string) => void
  onTitle: (title: string) => void
}

export class SessionScreen {
  readonly #terminal: Terminal
  readonly #serializer = new serialize.SerializeAddon()
  readonly #modes: TrackedModes
  readonly #sequence = new SequenceTracker()
  readonly #scrollback: number
  #parsed = 0
  #backlog = 0
  #title = ''

  constructor(options: ScreenOptions) {
    this.#scrollback = options.scrollback
    this.#terminal = new headless.Terminal({
      cols: options.cols,
      rows: options.rows,
      scrollback: options.scrollback,
      allowProposedApi: true,
      logLevel: 'off',
      windowOptions: { getWinSizeChars: true },
    })
    takeSafeLinks(this.#terminal)
    this.#modes = trackModes(this.#terminal, options.reply)
    this.#terminal.onData(options.reply)
    // One such line would hold up the host, its guard included, for minutes or fill its memory.
    for (const final of COUNTED) {
      const absurd = ([count]: (number | number[])[]) => typeof count === 'number' && count > COUNT_MAX
      this.#terminal.parser.registerCsiHandler({ final }, absurd)
    }
    this.#terminal.onTitleChange((title) => {
      this.#title = title.slice(0, TITLE_MAX)
      options.onTitle(this.#title)
    })
  }

  /** Offset up to which output has reached the screen. */
  get parsed(): number {
    return this.#parsed
  }

  /** Bytes written and not yet parsed. */
  get backlog(): number {
    return this.#backlog
  }

  /** Offset from which a viewer of {@link snapshot} needs the raw bytes as well. */
  get boundary(): number {
    return this.#sequence.boundary
  }

  get bracketedPaste(): boolean {
    return this.#terminal.modes.bracketedPasteMode
  }

  get title(): string {
    return this.#title
  }

  get size(): { cols: number; rows: number } {
    return { cols: this.#terminal.cols, rows: this.#terminal.rows }
  }

  /** @param done called once these bytes are on the screen */
  write(bytes: Uint8Array, done: () => void): void {
    this.#backlog += bytes.length
    this.#terminal.write(bytes, () => {
      this.#backlog -= bytes.length
      this.#parsed += bytes.length
      this.#sequence.push(bytes)
      done()
    })
  }

  /** Calls back when everything written so far is on the screen. */
  barrier(then: () => void): void {
    this.#terminal.write('', then)
  }

  /** Takes effect after what was written before it. */
  resize(cols: number, rows: number): void {
    this.barrier(() => this.#terminal.resize(cols, rows))
  }

  /** Bytes that make any terminal of this size show the screen, its scrollback and its modes. */
  snapshot(): Uint8Array {
    for (let scrollback = this.#scrollback; ; scrollback = scrollback >> 1) {
      // Its types are those of the emulator for browsers.
      this.#serializer.activate(withLinks(this.#terminal) as never)
      const content = this.#serializer.serialize({ scrollback })
      const bytes = Buffer.from(RESET + this.#modes.before() + content + this.#modes.after())
      // Very wide coloured lines can outgrow a frame: then the oldest lines are left out.
      if (bytes.length < MAX_FRAME / 2) return bytes
      // Millions of marks on a few characters: what comes next is drawn on an empty screen.
      if (scrollback === 0) return Buffer.from(RESET)
    }
  }

  /** The visible rows as text. @param styled with how each is drawn */
  text(lastOutputAt: number | null, styled = false): HostScreen {
    const buffer = this.#terminal.buffer.active
    const lines: string[] = []
    const styles: ScreenStyle[][] = []
    for (let y = 0; y < this.#terminal.rows; y++) {
      const line = buffer.getLine(buffer.baseY + y)
      const text = (line?.translateToString(true) ?? '').slice(0, LINE_MAX)
      lines.push(text)
      if (styled) styles.push(line === undefined ? [] : stylesOf(line, text.length))
    }
    return {
      ...this.size,
      cursor: { x: buffer.cursorX, y: buffer.cursorY },
      lines,
      ...(styled ? { styles } : {}),
      title: this.#title,
      at: lastOutputAt,
    }
  }
}

/** A page that is redrawn in place, on the terminal's other screen, and what is typed meanwhile. */
import { type Look, lookOf } from './look.ts'

/** The terminal of a program. */
export interface Streams {
  env: Record<string, string | undefined>
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
}

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l'
/** Between these a terminal that can shows nothing of what is written: no half-drawn page. */
const HOLD = '\u001b[?2026h'
const SHOW = '\u001b[?2026l'

export interface Screen {
  /** Columns and colours as they are now. */
  look: () => Look
  rows: () => number
  /** As many as there are, where {@link Look} has no fewer than it can draw in. */
  columns: () => number
  /** Writes the lines that differ from what is shown, and nothing when none do. */
  draw: (lines: readonly string[]) => void
  /** Gives the terminal to somebody else for as long as `work` takes. */
  lend: <T>(work: () => Promise<T>) => Promise<T>
  /** Gives the terminal back to the shell, and has it again when the person comes back. */
  suspend: () => void
  /** The terminal as it was before. */
  close: () => void
}

/**
 * @param on told of what is typed, as bytes, and of a new size
 * @param modes private modes of the terminal that are on while it is open, such as 2004 for pastes
 */
export function openScreen(
  { env, stdin, stdout }: Streams,
  on: { input: (bytes: Buffer) => void; resize: () => void },
  modes: readonly number[] = [],
): Screen {
  const keys = stdin.isTTY === true
  const typed = (chunk: Buffer | string): void => on.input(Buffer.from(chunk as Buffer))
  let open = false
  let shown: readonly string[] = []
  const resized = (): void => {
    shown = []
    on.resize()
  }
  const enter = (): void => {
    open = true
    shown = []
    if (keys) {
      stdin.setRawMode(true)
      stdin.on('data', typed)
      stdin.resume()
    }
    stdout.on('resize', resized)
    stdout.write(`${ENTER}${modes.map((mode) => `\u001b[?${mode}h`).join('')}`)
  }
  const leave = (): void => {
    if (!open) return
    open = false
    stdout.off('resize', resized)
    if (keys) {
      stdin.off('data', typed)
      stdin.setRawMode(false)
      stdin.pause()
    }
    stdout.write(`${modes.map((mode) => `\u001b[?${mode}l`).join('')}${LEAVE}`)
  }
  const close = (): void => {
    process.off('exit', close)
    leave()
  }
  // Also when it ends by an exception.
  process.once('exit', close)
  enter()
  return {
    close,
    look: () => lookOf(env, stdout),
    rows: () => stdout.rows || 24,
    columns: () => stdout.columns || 80,
    draw(lines) {
      if (!open) return
      const text = changed(shown, lines, stdout.rows || 24)
      shown = lines
      if (text !== '') stdout.write(`${HOLD}${text}${SHOW}`)
    },
    suspend() {
      leave()
      // The whole job, as the terminal itself does it. Where no shell could wake it again the kernel stops nothing.
      process.kill(0, 'SIGTSTP')
      enter()
      // Of a size that changed meanwhile nobody has told.
      process.kill(process.pid, 'SIGWINCH')
      on.resize()
    },
    async lend(work) {
      leave()
      try {
        return await work()
      } finally {
        enter()
      }
    },
  }
}

/** What to write so that a screen which shows `before` shows `now`. Pure; empty `before`: nothing is known of it. */
export function changed(before: readonly string[], now: readonly string[], rows: number): string {
  const whole = before.length === 0
  const said = now.slice(0, rows).flatMap((line, i) =>
    // Cleared before it is written: behind a line as wide as the screen, clearing would take its last character.
    whole || line !== before[i] ? [`\u001b[${i + 1};1H\u001b[2K${line}`] : [],
  )
  const below = now.length < rows && (whole || now.length < before.length)
  return said.join('') + (below ? `\u001b[${now.length + 1};1H\u001b[J` : '')
}

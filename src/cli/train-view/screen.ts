/** A page that is redrawn in place, on the terminal's other screen, and what keys are typed meanwhile. */
import type { Context, Look } from '../context.ts'
import { lookOf } from '../context.ts'

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l'
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'

export interface Screen {
  /** Columns and colours as they are now. */
  look: () => Look
  rows: () => number
  draw: (lines: readonly string[]) => void
  /** The terminal as it was before. */
  close: () => void
}

/** @param on told of a key that means to leave, and of a new size */
export function openScreen(
  { env, stdin, stdout }: Pick<Context, 'env' | 'stdin' | 'stdout'>,
  on: { leave: () => void; resize: () => void },
): Screen {
  const typed = (chunk: Buffer | string): void => {
    if (/[qQ]/.test(chunk.toString()) || [CTRL_C, CTRL_D].some((key) => chunk.includes(key))) on.leave()
  }
  const keys = stdin.isTTY === true
  if (keys) {
    stdin.setRawMode(true)
    stdin.on('data', typed)
    stdin.resume()
  }
  let open = true
  let shown = ''
  const resized = (): void => {
    shown = ''
    on.resize()
  }
  const close = (): void => {
    if (!open) return
    open = false
    process.off('exit', close)
    stdout.off('resize', resized)
    if (keys) {
      stdin.off('data', typed)
      stdin.setRawMode(false)
      stdin.pause()
    }
    stdout.write(LEAVE)
  }
  stdout.on('resize', resized)
  process.once('exit', close)
  stdout.write(ENTER)
  return {
    close,
    look: () => lookOf(env, stdout),
    rows: () => stdout.rows || 24,
    draw(lines) {
      // Cleared before it is written: behind a line as wide as the screen, clearing would take its last character.
      const below = lines.length < (stdout.rows || 24) ? '\r\n\u001b[J' : ''
      const page = `\u001b[H${lines.map((line) => `\u001b[2K${line}`).join('\r\n')}${below}`
      if (!open || page === shown) return
      shown = page
      stdout.write(page)
    },
  }
}

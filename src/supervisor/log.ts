/** The supervisor's log: one JSON object a line on stderr, which its starter sends to a file. */
import { copyFileSync, statSync, truncateSync } from 'node:fs'

export interface Log {
  info: (message: string, fields?: Record<string, unknown>) => void
  warn: (message: string, fields?: Record<string, unknown>) => void
  error: (message: string, fields?: Record<string, unknown>) => void
}

/** @param write takes one line, newline included */
export function createLog(write: (line: string) => void, now: () => number): Log {
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      write(`${JSON.stringify({ at: new Date(now()).toISOString(), level, message, ...plain(fields) })}\n`)
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

function plain(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  )
}

/**
 * Keeps one older log beside the newest. The file is emptied, not renamed: whoever writes to it holds it
 * open, and appends.
 * @param limit bytes from which on it is turned over
 */
export function turnOver(path: string, limit: number): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isFile() || stat.size < limit) return
  copyFileSync(path, `${path}.1`)
  truncateSync(path)
}

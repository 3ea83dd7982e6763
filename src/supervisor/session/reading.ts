/** Reads what a session printed: the live screen, or what its host left on disk. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { type HostScreen, WorktrainError } from '../../protocol/index.ts'
import { isLive, type SessionState } from '../../sessions/state.ts'
import type { Context } from '../context.ts'
import type { Hosts } from './hosts.ts'

/** The last `bytes` of a file; null when there is none. */
export function tail(path: string, bytes: number): { text: string; truncated: boolean } | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    const { size } = fstatSync(fd)
    const length = Math.min(size, bytes)
    const buffer = Buffer.alloc(length)
    const read = readSync(fd, buffer, 0, length, size - length)
    return { text: buffer.subarray(0, read).toString('utf8'), truncated: size > bytes }
  } finally {
    closeSync(fd)
  }
}

export function readLogs(
  ctx: Context,
  s: SessionState,
  what: 'terminal' | 'setup' | 'checks',
  bytes: number,
  checkLog: string | null,
) {
  const dir = ctx.paths.sessionState(s.id)
  const path =
    what === 'terminal' ? join(dir, 'raw.log') : what === 'setup' ? join(dir, 'setup.log') : checkLog
  const found = path === null ? null : tail(path, bytes)
  if (path === null || found === null) {
    throw new WorktrainError('UNAVAILABLE', `${s.name} has no ${what} log.`, {
      hint: `See \`worktrain why ${s.name}\`.`,
    })
  }
  return {
    path,
    text: stripVTControlCharacters(found.text).replaceAll('\r\n', '\n'),
    truncated: found.truncated,
  }
}

/** Lines that fit a screen when only the log is left. */
const ROWS = 40

/** The terminal as it is, or as it was last. */
export async function screenOf(ctx: Context, hosts: Hosts, s: SessionState): Promise<HostScreen> {
  if (isLive(s) && hosts.isConnected(s.id)) return hosts.request<HostScreen>(s.id, { op: 'screen' })
  const found = tail(join(ctx.paths.sessionState(s.id), 'raw.log'), 64 * 1024)
  if (!found) throw new WorktrainError('UNAVAILABLE', `${s.name} has not printed anything yet.`)
  const lines = stripVTControlCharacters(found.text)
    .replaceAll('\r\n', '\n')
    .trimEnd()
    .split('\n')
    .slice(-ROWS)
  return {
    cols: 120,
    rows: lines.length,
    cursor: { x: 0, y: lines.length },
    lines,
    title: '',
    at: s.process.since,
  }
}

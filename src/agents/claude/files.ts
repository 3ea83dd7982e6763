/**
 * Files of a Claude Code session, and where they are.
 *
 * The session's own process can write most of them, so they are read without following a link and
 * without waiting: a planted link would leak a file, a planted pipe would block the reader for ever.
 */
import { constants } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/** Paths of one session's agent files. */
export interface SessionFiles {
  /** CLAUDE_CONFIG_DIR of the session; writable in the cell. */
  config: string
  /** Settings with the hooks and their token; not writable in the cell. */
  settings: string
  /** What usage has counted so far. */
  usage: string
  /** What the status line was last told; the session writes it. */
  status: string
}

export function sessionFiles(stateDir: string): SessionFiles {
  const base = join(stateDir, 'agent', 'claude')
  return {
    config: join(base, 'config'),
    settings: join(base, 'settings.json'),
    usage: join(base, 'usage.json'),
    status: join(base, 'config', 'worktrain-status.json'),
  }
}

/** The person's own directory: CLAUDE_CONFIG_DIR if they use it, else `~/.claude`. */
export function personDirectory(env: Record<string, string | undefined>): string {
  return env.CLAUDE_CONFIG_DIR || join(env.HOME ?? '', '.claude')
}

/** The person's own `.claude.json`: beside `~/.claude`, but inside a CLAUDE_CONFIG_DIR. */
export function personState(env: Record<string, string | undefined>): string {
  return env.CLAUDE_CONFIG_DIR
    ? join(env.CLAUDE_CONFIG_DIR, '.claude.json')
    : join(env.HOME ?? '', '.claude.json')
}

/** Longest directory name below `projects/` before Claude Code cuts it and adds a hash (read in 2.1.329). */
const PROJECT_NAME_MAX = 200

/**
 * Name of the directory below `projects/` that holds the conversations started in `path`; null when the
 * path is so long that Claude Code gives it a name of its own.
 */
export function projectName(path: string): string | null {
  const name = path.normalize('NFC').replace(/[^a-zA-Z0-9]/g, '-')
  return name.length > PROJECT_NAME_MAX ? null : name
}

/** Opens a regular file, or null when there is none at this very path. The caller closes it. */
export async function openRegular(path: string): Promise<FileHandle | null> {
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    // ENXIO: a socket. ELOOP: a link.
    const absent = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES', 'EPERM']
    if (absent.includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
  if ((await file.stat()).isFile()) return file
  await file.close()
  return null
}

/** A small JSON object; null when absent, not regular, larger than `max` bytes, or half-written. */
export async function readObject(path: string, max: number): Promise<Record<string, unknown> | null> {
  const file = await openRegular(path)
  if (!file) return null
  try {
    if ((await file.stat()).size > max) return null
    return objectFrom(await file.readFile('utf8'))
  } finally {
    await file.close()
  }
}

/** The text as a JSON object, or null. */
export function objectFrom(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return asObject(value)
  } catch {
    return null
  }
}

export function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The text of a message's content: a string, or blocks of which some hold text. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((block) => asText(asObject(block)?.text)).join('')
}

/** Names in a directory; none when it does not exist. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** The conversation's files: JSON lines, one file for the main loop, one for each subagent. */
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { namesIn, openRegular, personDirectory, projectName, sessionFiles } from './files.ts'
import type { ObserveContext } from '../agent.ts'

/** Bytes read at once; a line may be longer. */
const CHUNK = 1024 * 1024
/**
 * The session writes these files and can make them of any size: a longer line is passed over, and of more
 * bytes the rest is read at the next look.
 */
const LINE_MAX = 32 * 1024 * 1024
const READ_MAX = 256 * 1024 * 1024
/** So many subagents' files are looked at. */
const FILES_MAX = 1000

/** The transcript of a conversation below the session's configuration directory; null: none yet. */
export async function transcriptOf(config: string, conversation: string): Promise<string | null> {
  // It is a file name from the session's own files.
  if (!/^[A-Za-z0-9-]+$/.test(conversation)) return null
  const projects = join(config, 'projects')
  for (const project of (await namesIn(projects)).slice(0, FILES_MAX)) {
    const path = join(projects, project, `${conversation}.jsonl`)
    if ((await lstat(path).catch(() => null))?.isFile()) return path
  }
  return null
}

/**
 * As {@link transcriptOf}, of what may be shown: where the session's own directory leads elsewhere by a link that the
 * session planted, the file is another's.
 */
export async function ownTranscript(context: ObserveContext): Promise<string | null> {
  const { config } = sessionFiles(context.stateDir)
  const found = context.conversation ? await transcriptOf(config, context.conversation) : null
  if (!found) return null
  const directory = dirname(found)
  const name = projectName(context.workspace)
  const kept = name === null ? null : join(personDirectory(context.env), 'projects', name)
  const [real, own, theirs] = await Promise.all([realOf(directory), realOf(config), kept && realOf(kept)])
  const isOwn = own !== null && real === join(own, 'projects', basename(directory))
  return isOwn || (real !== null && real === theirs) ? found : null
}

async function realOf(path: string): Promise<string | null> {
  return realpath(path).catch(() => null)
}

/** The transcript and those of its subagents. */
export async function transcriptsOf(config: string, conversation: string): Promise<string[]> {
  const main = await transcriptOf(config, conversation)
  if (!main) return []
  const directory = join(main.slice(0, -'.jsonl'.length), 'subagents')
  const names = (await namesIn(directory)).filter((name) => name.endsWith('.jsonl')).sort()
  return [main, ...names.slice(0, FILES_MAX).map((name) => join(directory, name))]
}

/**
 * Calls `take` with each whole line after `offset` bytes, in constant memory.
 * @returns the offset after the last whole line: a torn one is read again when it is whole. A file that
 *   has become shorter is read from its beginning.
 */
export async function readLines(path: string, offset: number, take: (line: string) => void): Promise<number> {
  const file = await openRegular(path)
  if (!file) return offset
  try {
    const { size: whole } = await file.stat()
    let position = whole < offset ? 0 : offset
    const size = Math.min(whole, position + READ_MAX)
    let done = position
    let pending: Buffer[] = []
    let held = 0
    while (position < size) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, size - position))
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position)
      if (bytesRead === 0) break
      let rest = chunk.subarray(0, bytesRead)
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        const line = Buffer.concat([...pending, rest.subarray(0, end)])
        pending = []
        held = 0
        done += line.length + 1
        take(line.toString('utf8'))
        rest = rest.subarray(end + 1)
      }
      if (rest.length > 0) pending.push(rest)
      held += rest.length
      position += bytesRead
      if (held <= LINE_MAX) continue
      // What is left of this line will not read as anything.
      pending = []
      held = 0
      done = position
    }
    return done
  } finally {
    await file.close()
  }
}

export interface Line {
  /** Its first byte in the file. */
  at: number
  text: string
}

/**
 * Whole lines of a part of a file, the last `bytes` before `end`; a line that does not end in it is cut.
 * @returns `start`: every line that begins there or later was read, as far as it is whole; 0: there is nothing before.
 *   No lines when it is no regular file.
 */
export async function linesBefore(
  path: string,
  bytes: number,
  end = Infinity,
): Promise<{ lines: Line[]; start: number }> {
  const file = await openRegular(path)
  if (!file) return { lines: [], start: 0 }
  try {
    const { size } = await file.stat()
    const stop = Math.min(size, end)
    const start = Math.max(0, stop - bytes)
    const buffer = Buffer.alloc(stop - start)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start)
    const lines: Line[] = []
    // The first one is a part of a line.
    let next = start === 0 ? 0 : buffer.indexOf(10) + 1
    while (next < bytesRead) {
      const found = buffer.indexOf(10, next)
      const until = found === -1 || found > bytesRead ? bytesRead : found
      lines.push({ at: start + next, text: buffer.toString('utf8', next, until) })
      next = until + 1
    }
    return { lines, start }
  } finally {
    await file.close()
  }
}

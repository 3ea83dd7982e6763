/** Who is still in a directory: processes and mounts. What cannot be told is an error, never "nobody". */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { isWithin } from '../platform/files.ts'
import { SESSION_MARKER } from '../platform/end.ts'
import { processesOf } from '../platform/processes.ts'

export interface Occupant {
  pid: number
  what: string
}

const linux = process.platform === 'linux'

/**
 * Processes with their working directory, root, program or an open file in a directory, or that carry the
 * mark of its session. Only those this user may look at.
 * @param session whose mark counts; null: nobody's
 */
export function processesIn(directory: string, session: string | null): Occupant[] {
  const found = linux ? occupants(directory) : parseLsof(openFiles(), directory)
  const marked = session === null ? [] : processesOf(null, `${SESSION_MARKER}=${session}`)
  for (const pid of marked)
    if (!found.some((each) => each.pid === pid)) found.push({ pid, what: commandOf(pid) })
  return found
}

function occupants(directory: string): Occupant[] {
  const names = readdirSync('/proc')
  if (!names.includes(String(process.pid)))
    throw new Error('/proc does not show the processes of this machine')
  const found: Occupant[] = []
  for (const name of names) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const links = ['cwd', 'root', 'exe', ...list(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)]
    const inside = links.some((link) => {
      const target = linkOf(`/proc/${pid}/${link}`)
      return target !== null && isWithin(directory, target)
    })
    if (inside) found.push({ pid, what: commandOf(pid) })
  }
  return found
}

/** lsof comes with macOS; it exits 1 when it could not look at everything, which is always. */
function openFiles(): string {
  try {
    return execFileSync('lsof', ['-nPw', '-F', 'pcn'], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (error) {
    const said = (error as { stdout?: string }).stdout
    if (said) return said
    throw error
  }
}

/** @param text output of `lsof -F pcn`: one field a line, `p` for the process, `c` its command, `n` a name */
export function parseLsof(text: string, directory: string): Occupant[] {
  const found = new Map<number, string>()
  let pid = 0
  let command = 'a process'
  for (const line of text.split('\n')) {
    const value = line.slice(1)
    if (line.startsWith('p')) [pid, command] = [Number(value), 'a process']
    else if (line.startsWith('c')) command = value
    else if (line.startsWith('n') && pid !== process.pid && isWithin(directory, value))
      found.set(pid, command)
  }
  return [...found].map(([id, what]) => ({ pid: id, what }))
}

/** Mount points in a directory, itself included. */
export function mountsIn(directory: string): string[] {
  const points = linux
    ? parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'))
    : parseMounts(execFileSync('mount', { encoding: 'utf8' }))
  return points.filter((point) => isWithin(directory, point))
}

/** @param text `/proc/PID/mountinfo` (proc_pid_mountinfo(5)): the mount point is the fifth field, in octal escapes */
function parseMountInfo(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((field) => field !== '')
    .map((field) =>
      field.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8))),
    )
}

/** @param text output of `mount` on macOS: `DEVICE on POINT (OPTIONS)` */
export function parseMounts(text: string): string[] {
  return text.split('\n').flatMap((line) => / on (\/.*) \([^()]*\)$/.exec(line)?.[1] ?? [])
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    // It ended, or is another user's.
    return []
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path).replace(/ \(deleted\)$/, '')
  } catch {
    return null
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return 'a process'
  }
}

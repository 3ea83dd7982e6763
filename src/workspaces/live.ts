/** Who is still in a directory: processes and mounts, as Linux tells. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { isWithin } from '../platform/files.ts'

/**
 * Processes with their working directory, root or an open file in a directory. Only those this user may
 * look at; none on systems without /proc.
 */
export function processesIn(directory: string): { pid: number; what: string }[] {
  const found: { pid: number; what: string }[] = []
  for (const name of list('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const links = ['cwd', 'root', ...list(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)]
    const inside = links.find((link) => {
      const target = linkOf(`/proc/${pid}/${link}`)
      return target !== null && isWithin(directory, target)
    })
    if (inside !== undefined) found.push({ pid, what: commandOf(pid) })
  }
  return found
}

/** Mount points in a directory, itself included. */
export function mountsIn(directory: string): string[] {
  let text: string
  try {
    text = readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return []
  }
  return text
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(parseInt(code, 8)),
      ),
    )
    .filter((point) => point !== '' && isWithin(directory, point))
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

/** Looks at which TCP sockets listen on this machine now, and which of some processes hold them. */
import { opendirSync, readFileSync, readlinkSync } from 'node:fs'
import { WorktrainError } from '../protocol/errors.ts'
import { joinHolders, type Listening, parseLsofListening, parseTcpTable } from './listening.ts'
import { type ProcessIdentity, startTimeOf } from './processes.ts'
import { run } from './run.ts'

/** Open files that one look goes through, of all processes: some ten milliseconds. */
const FILES_MAX = 20_000
/** lsof looks at every process of the user, ms. */
const LSOF_MS = 10_000

export interface SocketLook {
  /** Every socket that listens, others' as well: those have no holder among the processes. */
  sockets: Listening[]
  /** Of the processes, how many do not let us look, or have more files open than one look goes through. */
  unseen: number
}

/**
 * Only sockets in the network of this process count: one that a process has in a network of its own answers nobody here.
 * @throws UNAVAILABLE where the system does not tell
 */
export async function lookAtSockets(processes: readonly ProcessIdentity[]): Promise<SocketLook> {
  if (process.platform !== 'linux') return { sockets: await byLsof(), unseen: 0 }
  const held = new Map<number, Set<string>>()
  const budget = { files: FILES_MAX }
  let unseen = 0
  for (const { pid, startTime } of processes) {
    const sockets = socketsOf(pid, budget)
    // Whoever has its number by now is somebody else.
    if (startTimeOf(pid) !== startTime) continue
    if (sockets === null) unseen++
    else held.set(pid, sockets)
  }
  const rows = ['tcp', 'tcp6'].flatMap((table) => parseTcpTable(textIfAny(`/proc/self/net/${table}`)))
  return { sockets: joinHolders(rows, held), unseen }
}

/** Numbers of the sockets a process holds; null: it has gone, lets nobody look, or has too many files open. */
function socketsOf(pid: number, budget: { files: number }): Set<string> | null {
  try {
    return socketsIn(`/proc/${pid}/fd`, budget)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['EACCES', 'EPERM', 'ENOENT', 'ESRCH'].includes(code)) return null
    throw error
  }
}

function socketsIn(files: string, budget: { files: number }): Set<string> | null {
  const found = new Set<string>()
  const directory = opendirSync(files)
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (budget.files-- <= 0) return null
      const socket = socketAt(`${files}/${entry.name}`)
      if (socket !== null) found.add(socket)
    }
    return found
  } finally {
    directory.closeSync()
  }
}

function socketAt(link: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? null
  } catch (error) {
    // Closed while we looked.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** Empty where the kernel has no IPv6. */
function textIfAny(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** lsof comes with macOS; it exits 1 when it found nothing. */
async function byLsof(): Promise<Listening[]> {
  const args = ['-nPw', '-iTCP', '-sTCP:LISTEN', '-F', 'ptn']
  const { stdout, stderr, timedOut } = await run('lsof', args, { timeoutMs: LSOF_MS })
  if (timedOut || (stdout === '' && stderr.trim() !== ''))
    throw new WorktrainError(
      'UNAVAILABLE',
      `lsof did not tell which ports are open: ${timedOut ? 'it took too long' : stderr.trim()}`,
    )
  return parseLsofListening(stdout)
}

/** Processes as the operating system knows them. A pid alone is never an identity: it is reused. */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

/** A process that can be told from a later one with the same pid. */
export interface ProcessIdentity {
  pid: number
  /** Start time as the platform gives it: clock ticks since boot on Linux, `lstart` text elsewhere. */
  startTime: string
}

const linux = process.platform === 'linux'

/** Start time of a process, or null when there is none (or it is a zombie: dead but not yet reaped). */
export function startTimeOf(pid: number): string | null {
  if (linux) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The command (field 2) may hold spaces and parentheses: count from the last one.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z' || fields[0] === 'X') return null
      return fields[19] ?? null
    } catch {
      return null
    }
  }
  try {
    const out = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    const [state = '', ...start] = out.split(/\s+/)
    return state === '' || state.startsWith('Z') ? null : start.join(' ')
  } catch {
    return null
  }
}

/** Is this very process alive? */
export function isAlive(identity: ProcessIdentity): boolean {
  return startTimeOf(identity.pid) === identity.startTime
}

/** Identity of this process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? 'unknown' }
}

/** Changes with every boot of the machine. */
export function bootId(): string {
  if (linux) return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' }).trim()
}

interface Row extends ProcessIdentity {
  ppid: number
}

function table(): Row[] {
  if (linux) {
    const rows: Row[] = []
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        if (fields[0] === 'Z') continue
        rows.push({ pid: Number(name), ppid: Number(fields[1]), startTime: fields[19] ?? '' })
      } catch {
        // It ended while we looked.
      }
    }
    return rows
  }
  const out = execFileSync('ps', ['-axo', 'pid=,ppid=,stat=,lstart='], { encoding: 'utf8' })
  return out
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [pid, ppid, state = '', ...start] = line.trim().split(/\s+/)
      if (state.startsWith('Z')) return []
      return [{ pid: Number(pid), ppid: Number(ppid), startTime: start.join(' ') }]
    })
}

/** Which of them carry `NAME=value` in the environment they were started with. */
function carrying(rows: readonly Row[], marker: string): number[] {
  if (linux) return rows.map(({ pid }) => pid).filter((pid) => environmentOf(pid).includes(marker))
  // One look for all: a child for each would take seconds.
  const out = execFileSync('ps', ['-axEww', '-o', 'pid=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  })
  const words = out.split('\n').map((line) => line.trim().split(' '))
  return words.filter((line) => line.includes(marker)).map(([pid]) => Number(pid))
}

/** On macOS arguments and environment come as one line: words of either. */
function environmentOf(pid: number): string[] {
  try {
    if (linux) return readFileSync(`/proc/${pid}/environ`).toString('latin1').split('\0')
    return execFileSync('ps', ['-Eww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(' ')
  } catch {
    return []
  }
}

/**
 * Every process of a session: `root`, whoever carries the session's marker in its environment, which also
 * finds children that called setsid and were reparented (facts/claude-code 2.6), and all their descendants,
 * which may have thrown their environment away.
 * @param marker `NAME=value`
 */
export function processesOf(root: number | null, marker: string): number[] {
  const rows = table()
  const found = new Set(carrying(rows, marker))
  if (rows.some(({ pid }) => pid === root)) found.add(root ?? 0)
  found.delete(process.pid)
  return withDescendants(found, rows)
}

/**
 * The processes of one session and of no other.
 * @param root its first process
 * @param marker `NAME=value`; counts for whoever left the tree. Null: nobody can
 * @param apart first processes of other sessions: what descends from them is theirs, whatever it carries
 */
export function familyApart(
  root: ProcessIdentity,
  marker: string | null,
  apart: readonly ProcessIdentity[],
): ProcessIdentity[] {
  const rows = table()
  const own = alive([root], rows)
  const others = rows.filter(({ pid }) => !own.has(pid))
  const theirs = new Set(withDescendants(alive(apart, others), others))
  const free = rows.filter(({ pid }) => pid !== process.pid && !theirs.has(pid))
  return identified(withDescendants(new Set([...own, ...(marker ? carrying(free, marker) : [])]), free), free)
}

/** A process and all its descendants; none when it has ended. */
export function treeOf(root: number): number[] {
  const rows = table()
  return withDescendants(new Set(rows.map(({ pid }) => pid).filter((pid) => pid === root)), rows)
}

/**
 * As {@link treeOf}, of several at once, each told from a later process with the same pid.
 * @param roots those that have ended, or whose pid is another's by now, have no descendants any more
 */
export function familyOf(roots: readonly ProcessIdentity[]): ProcessIdentity[] {
  const rows = table()
  return identified(withDescendants(alive(roots, rows), rows), rows)
}

/** Those of these that have neither ended nor given their pid to another. */
function alive(roots: readonly ProcessIdentity[], rows: readonly Row[]): Set<number> {
  const starts = new Map(rows.map(({ pid, startTime }) => [pid, startTime]))
  return new Set(roots.filter(({ pid, startTime }) => starts.get(pid) === startTime).map(({ pid }) => pid))
}

function identified(pids: readonly number[], rows: readonly Row[]): ProcessIdentity[] {
  const starts = new Map(rows.map(({ pid, startTime }) => [pid, startTime]))
  return pids.map((pid) => ({ pid, startTime: starts.get(pid) ?? '' }))
}

function withDescendants(found: Set<number>, rows: readonly Row[]): number[] {
  for (let grew = true; grew;) {
    grew = false
    for (const { pid, ppid } of rows) {
      if (found.has(pid) || !found.has(ppid) || pid === process.pid) continue
      found.add(pid)
      grew = true
    }
  }
  return [...found]
}

/**
 * All processes with what they were started with, in one look.
 * @param name of an environment variable
 * @returns its value for each (null: it has none, or may not be looked at), and the arguments
 */
export function startedWith(name: string): { pid: number; value: string | null; args: string[] }[] {
  return table()
    .filter(({ pid }) => pid !== process.pid)
    .map(({ pid }) => ({ pid, value: valueIn(environmentOf(pid), name), args: argumentsOf(pid) }))
}

function valueIn(environment: string[], name: string): string | null {
  return environment.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? null
}

/** Ticks of the clock in which Linux gives start times; the same on every machine this runs on (USER_HZ), ms. */
const TICK_MS = 10

/** When a process was started, milliseconds since the epoch; null: it cannot be told. */
export function startedAt({ startTime }: ProcessIdentity): number | null {
  const boot = linux ? /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] : undefined
  const at = linux ? Number(boot) * 1000 + Number(startTime) * TICK_MS : Date.parse(startTime)
  return Number.isFinite(at) ? at : null
}

/** Processes that were started with exactly this argument. */
export function processesWithArgument(argument: string): number[] {
  return table()
    .map((row) => row.pid)
    .filter((pid) => pid !== process.pid && argumentsOf(pid).includes(argument))
}

/** What a process was started with, its program first; empty: it is gone, or may not be looked at. */
export function argumentsOf(pid: number): string[] {
  try {
    if (linux) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(' ')
  } catch {
    return []
  }
}

/** Sends a signal to a process; false when it is gone or not ours. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ESRCH' || code === 'EPERM') return false
    throw error
  }
}

/** Runs a program within limits, and ends everything it started together with it. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { endAll } from './end.ts'
import { findProgram } from './find.ts'
import { memoryOf } from './memory.ts'
import { familyOf, type ProcessIdentity, processesOf, signal, startTimeOf } from './processes.ts'

export interface Bounds {
  cwd: string
  /** Must hold `marker`. */
  env: Record<string, string>
  /** `NAME=value` that no other process has: finds who left the family. */
  marker: string
  timeoutMs: number
  /** Of all its processes together; null: no limit. */
  memoryBytes: number | null
  /** Of both streams together. */
  outputBytes: number
  signal: AbortSignal
  onOutput: (chunk: Buffer, stream: 'stdout' | 'stderr') => void
}

export interface BoundedResult {
  /** Null when anything but itself ended it. */
  code: number | null
  signal: NodeJS.Signals | null
  timedOut: boolean
  /** The limit that ended it, as a sentence. */
  limit: string | null
}

/** Between two looks at its processes, ms: what is faster than this may go over the limit first. */
const LOOK_EVERY = 250
const LOOK_EVERY_WITHOUT_LIMIT = 1000
/** Looking takes at most one in this many parts of the time. */
const LOOK_SHARE = 20
/** For output to arrive once everybody who could write is gone, ms. */
const DRAIN = 2000
/** Behind the person and the agents: below the default 0, above what is meant for idle machines only (19). */
const NICENESS = '10'
/** When memory runs out the kernel ends this first, of all that is equally large. */
const OOM_SCORE = '500'

/**
 * Runs at a low priority, with memory, time and output bounded. When it has ended, by itself or not, nothing
 * that it started is left: descendants are remembered while it runs, and whoever left the family is found by
 * the marker in the environment. In a cell with an own pid namespace or a subreaper the kernel sees to that.
 * @throws the spawn error (ENOENT…) when it could not be started
 */
export function runBounded(program: string, args: readonly string[], bounds: Bounds): Promise<BoundedResult> {
  const nice = findProgram('nice', bounds.env.PATH ?? '')
  const [first, rest] = nice ? [nice, ['-n', NICENESS, program, ...args]] : [program, [...args]]
  return new Promise((resolve, reject) => {
    const child = spawn(first, rest, {
      cwd: bounds.cwd,
      env: bounds.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const { pid } = child
    if (pid === undefined) {
      child.on('error', reject)
      return
    }
    preferForOom(pid)
    // Who was seen once stays of the family when its parent ends.
    let family: ProcessIdentity[] = [{ pid, startTime: startTimeOf(pid) ?? '' }]
    const look = () => {
      family = familyOf(family)
      return family.map((one) => one.pid)
    }
    const left = () => [...new Set([...look(), ...processesOf(null, bounds.marker)])]

    let timedOut = false
    let limit: string | null = null
    let ending: Promise<unknown> | null = null
    const end = () => {
      ending ??= endAll(left)
    }
    const exceed = (why: string) => {
      limit ??= why
      end()
    }

    const timer = setTimeout(() => {
      timedOut = true
      end()
    }, bounds.timeoutMs)
    bounds.signal.addEventListener('abort', end, { once: true })
    if (bounds.signal.aborted) end()

    let watch: NodeJS.Timeout
    const watchNext = (cost: number) => {
      const every = bounds.memoryBytes === null ? LOOK_EVERY_WITHOUT_LIMIT : LOOK_EVERY
      watch = setTimeout(
        () => {
          const began = performance.now()
          const over = excess(look(), bounds.memoryBytes)
          if (over === null) watchNext(performance.now() - began)
          else exceed(over)
        },
        Math.max(every, cost * LOOK_SHARE),
      )
    }
    watchNext(0)

    let printed = 0
    const take = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      if (limit !== null) return
      printed += chunk.length
      bounds.onOutput(chunk, stream)
      if (printed > bounds.outputBytes) exceed(`It printed more than ${inWords(bounds.outputBytes)}.`)
    }
    child.stdout.on('data', take('stdout'))
    child.stderr.on('data', take('stderr'))

    const closed = new Promise<void>((done) => {
      child.on('close', () => done())
    })
    child.on('exit', (code, name) => {
      clearTimeout(timer)
      clearTimeout(watch)
      // Who stayed in the group but threw its environment away, and was never seen.
      signal(-pid, 'SIGKILL')
      void finish(code, name).catch(reject)
    })
    async function finish(code: number | null, name: NodeJS.Signals | null) {
      await ending
      await endAll(left)
      bounds.signal.removeEventListener('abort', end)
      // Somebody whom we may not end may hold the other end.
      const drained = setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }, DRAIN)
      await closed
      clearTimeout(drained)
      const own = !timedOut && limit === null && ending === null
      resolve({ code: own ? code : null, signal: name, timedOut, limit })
    }
  })
}

function preferForOom(pid: number): void {
  if (process.platform !== 'linux') return
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, OOM_SCORE)
  } catch {
    // It has ended already, or the kernel does not let us: it is run all the same.
  }
}

function excess(pids: readonly number[], most: number | null): string | null {
  // What they share is counted twice by the quick look: only the exact one counts against them.
  if (most === null || memoryOf(pids) <= most) return null
  const held = memoryOf(pids, true)
  return held > most
    ? `Its processes held ${inWords(held)} of memory, more than the limit of ${inWords(most)}.`
    : null
}

function inWords(bytes: number): string {
  const [size, unit] = bytes >= 1024 ** 3 ? [1024 ** 3, 'GB'] : [1024 ** 2, 'MB']
  return `${Math.round((bytes / size) * 10) / 10} ${unit}`
}

/** Runs a program to its end. No shell, ever. */
import { spawn } from 'node:child_process'
import { signal, treeOf } from './processes.ts'

export interface RunOptions {
  cwd?: string
  env?: Record<string, string | undefined>
  input?: string | Uint8Array
  timeoutMs?: number
  signal?: AbortSignal
  /** Called with stdout and stderr as they come. */
  onOutput?: (chunk: Buffer, stream: 'stdout' | 'stderr') => void
  /** Keep at most this many bytes of each stream (the last ones). Default 64 MiB. */
  maxBytes?: number
}

export interface RunResult {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  timedOut: boolean
}

/**
 * @returns what the program did; a non-zero exit is a result, not an exception
 * @throws the spawn error (ENOENT…) when it could not be started
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env as NodeJS.ProcessEnv | undefined,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // An own process group, so that a time-out ends what the program started as well.
      detached: true,
    })
    const max = options.maxBytes ?? 64 * 1024 * 1024
    const kept = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    const sizes = { stdout: 0, stderr: 0 }
    const keep = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      options.onOutput?.(chunk, stream)
      kept[stream].push(chunk)
      sizes[stream] += chunk.length
      while (sizes[stream] - (kept[stream][0]?.length ?? 0) >= max)
        sizes[stream] -= kept[stream].shift()?.length ?? 0
    }
    child.stdout?.on('data', keep('stdout'))
    child.stderr?.on('data', keep('stderr'))
    let timedOut = false
    // Orphans are found by their group, who left the group by their parents.
    const end = () => {
      if (child.pid === undefined) return
      for (const pid of [...treeOf(child.pid), -child.pid]) signal(pid, 'SIGKILL')
    }
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true
            end()
          }, options.timeoutMs)
    options.signal?.addEventListener('abort', end, { once: true })
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', end)
      resolve({
        code,
        signal,
        stdout: Buffer.concat(kept.stdout).toString(),
        stderr: Buffer.concat(kept.stderr).toString(),
        timedOut,
      })
    })
    if (options.input !== undefined) {
      // EPIPE: the program did not want all of it; its exit code says what that means.
      child.stdin?.on('error', () => {})
      child.stdin?.end(options.input)
    }
  })
}

/** Finds the supervisor, or starts it. */
import { spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { makePrivateDirectory } from '../platform/files.ts'
import type { Paths } from '../platform/paths.ts'
import { startTimeOf } from '../platform/processes.ts'
import type { API_VERSION, SupervisorView } from '../protocol/api.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { TOKEN_VARIABLE, tokenOf } from './access.ts'
import { createClient } from './api.ts'
import type { Client } from './api.ts'

export interface EnsureOptions {
  paths: Pick<Paths, 'state' | 'run' | 'token' | 'supervisorSocket' | 'supervisorLock' | 'supervisorLog'>
  /** The supervisor's whole environment, should it be started. */
  env: Record<string, string | undefined>
  /** Node and the program that serves {@link EnsureOptions.paths}. */
  spawn: { node: string; entry: string; args?: readonly string[] }
  /** This program's version, for the supervisor's log. */
  version: string
  /** When this program was built, ms since 1970. */
  built: number
  /** Which program asks, see ClientOptions. */
  via?: string
  /** Called once when a supervisor is started. */
  onStart?: () => void
  /** How long a start, or the end of an older supervisor, may take, ms. Default 10 s. */
  deadlineMs?: number
}

const API: typeof API_VERSION = 1
const POLL_MS = 20
const LOG_LINES = 20

/**
 * A client of a running supervisor that speaks this API; of many callers at once one starts it.
 * A supervisor of an older API or build is asked to end first; sessions do not notice.
 *
 * @throws SUPERVISOR_UNREACHABLE with the log's last lines when it did not come up in time;
 *   SUPERVISOR_STALE when the running one is newer than this program, or older and does not end
 */
export async function ensureSupervisor(options: EnsureOptions): Promise<Client> {
  const { paths, deadlineMs = 10_000 } = options
  const client = createClient({
    socketPath: paths.supervisorSocket,
    token: () => tokenOf(options.env, paths.token),
    ...(options.via === undefined ? {} : { via: options.via }),
  })
  if (serves(await greet(client, options.version), options)) return client

  if (options.env[TOKEN_VARIABLE])
    throw new WorktrainError(
      'SUPERVISOR_UNREACHABLE',
      'The supervisor is not running, and a session cannot start it.',
    )
  // SQLite is needed only now, and loads in milliseconds that every other command saves.
  const { acquireLock } = await import('../platform/lock.ts')
  makePrivateDirectory(paths.state)
  const deadline = performance.now() + 2 * deadlineMs
  for (;;) {
    const lock = acquireLock(`${paths.supervisorLock}.start`)
    if ('release' in lock) {
      try {
        // Asked again: the one before us may have started it, and must not be told to end what it started.
        const running = await greet(client, options.version)
        if (serves(running, options)) return client
        if (running) await retire(client, running, deadlineMs)
        await start(client, options, deadlineMs)
        return client
      } finally {
        lock.release()
      }
    }
    if (serves(await greet(client, options.version), options)) return client
    if (performance.now() > deadline)
      throw new WorktrainError(
        'SUPERVISOR_UNREACHABLE',
        `Process ${lock.heldBy.pid} has been starting the supervisor for too long.`,
      )
    await delay(POLL_MS)
  }
}

/**
 * What one build asks an older one may not know. A session ends no supervisor: it takes what is there. One that runs
 * from its source was started by hand, and stays.
 */
function serves(view: SupervisorView | null, { env, built }: EnsureOptions): boolean {
  if (view?.api !== API) return false
  // Those that were built before this was told tell nothing.
  const its = (view as Partial<SupervisorView>).built ?? -1
  return its === 0 || its >= built || env[TOKEN_VARIABLE] !== undefined
}

/** Its view, or null when nobody answers. @throws SUPERVISOR_STALE when it is newer than this program */
async function greet(client: Client, version: string): Promise<SupervisorView | null> {
  let view: SupervisorView
  try {
    view = await client.call('hello', { api: API, version })
  } catch (error) {
    if (error instanceof WorktrainError && error.code === 'SUPERVISOR_UNREACHABLE') return null
    throw error
  }
  if (view.api > API)
    throw new WorktrainError(
      'SUPERVISOR_STALE',
      `The supervisor (${view.version}) is newer than this worktrain (${version}).`,
      {
        hint: 'Use the newer worktrain, or end its supervisor with its own `worktrain daemon stop`.',
      },
    )
  return view
}

async function retire(client: Client, running: SupervisorView, deadlineMs: number): Promise<void> {
  const startTime = startTimeOf(running.pid)
  await client.call('shutdown', {}).catch((error: unknown) => {
    // It may be gone before its answer is.
    if (!(error instanceof WorktrainError) || error.code !== 'SUPERVISOR_UNREACHABLE') throw error
  })
  const deadline = performance.now() + deadlineMs
  while (startTime !== null && startTimeOf(running.pid) === startTime) {
    if (performance.now() > deadline)
      throw new WorktrainError(
        'SUPERVISOR_STALE',
        `The supervisor ${running.version} (process ${running.pid}) was asked to end and did not.`,
      )
    await delay(POLL_MS)
  }
}

async function start(client: Client, options: EnsureOptions, deadlineMs: number): Promise<void> {
  const { paths } = options
  const { lockOwner } = await import('../platform/lock.ts')
  const log = openSync(paths.supervisorLog, 'a', 0o600)
  const logFrom = fstatSync(log).size
  // '/': it must not keep a directory busy that the person wants to remove or unmount.
  const child = spawn(options.spawn.node, [options.spawn.entry, ...(options.spawn.args ?? [])], {
    detached: true,
    cwd: '/',
    // Started from inside a session it must not carry that session's mark, or it would end with it.
    env: { ...options.env, WORKTRAIN_SESSION: undefined, [TOKEN_VARIABLE]: undefined } as NodeJS.ProcessEnv,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  options.onStart?.()
  let ended: string | null = null
  child.once('error', (error) => (ended = `it could not be started: ${error.message}`))
  child.once('exit', (code, signal) => (ended = `it ended with ${signal ?? `exit ${code}`}`))

  const deadline = performance.now() + deadlineMs
  for (;;) {
    // Looked at before greeting: whoever ended after having answered has been seen by the greeting.
    const failed = ended !== null && lockOwner(paths.supervisorLock) === null
    const view = await greet(client, options.version)
    if (view?.api === API) return
    const late = performance.now() > deadline
    if (failed || late) {
      const why = ended ?? `it did not answer within ${deadlineMs / 1000} s`
      const tail = logTail(paths.supervisorLog, logFrom)
      throw new WorktrainError(
        'SUPERVISOR_UNREACHABLE',
        `The supervisor did not start: ${why}.${tail && `\n${tail}`}`,
        {
          details: { log: paths.supervisorLog, tail },
        },
      )
    }
    await delay(POLL_MS)
  }
}

function logTail(path: string, from: number): string {
  return readFileSync(path).subarray(from).toString().trimEnd().split('\n').slice(-LOG_LINES).join('\n')
}

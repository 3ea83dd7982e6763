/** Where Worktrain keeps its files (DESIGN section 4). Pure: the environment is passed in. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { tmpdir, userInfo } from 'node:os'

export interface Paths {
  /** Journal, logs, sessions, trash records. Survives a reboot. */
  state: string
  /** Sockets and live identities. Lost at reboot. */
  run: string
  /** Fetched agents, seeds: may be deleted at any time. */
  cache: string
  config: string
  journal: string
  supervisorSocket: string
  /** Directory of the socket at which sessions reach the supervisor, each with its own token: all that a cell shows. */
  door: string
  /** Proves to the supervisor that the person asks: see platform/access.ts. */
  token: string
  supervisorLock: string
  supervisorLog: string
  sessionState: (id: string) => string
  sessionRun: (id: string) => string
}

/** sun_path holds 108 bytes on Linux, 104 on macOS, with the final NUL. */
const SOCKET_PATH_MAX = 103
const LONGEST_SOCKET = '/s/s0123456789ab/host.sock'.length

/**
 * @param env the process environment: WORKTRAIN_HOME moves everything; XDG_* otherwise
 */
export function pathsFrom(env: Record<string, string | undefined>): Paths {
  const home = env.HOME ?? userInfo().homedir
  const all = env.WORKTRAIN_HOME
  const state = all ? join(all, 'state') : join(env.XDG_STATE_HOME || join(home, '.local/state'), 'worktrain')
  const cache =
    env.WORKTRAIN_CACHE ||
    (all ? join(all, 'cache') : join(env.XDG_CACHE_HOME || join(home, '.cache'), 'worktrain'))
  const config = all ? join(all, 'config') : join(env.XDG_CONFIG_HOME || join(home, '.config'), 'worktrain')
  let run = all ? join(all, 'run') : env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'worktrain') : ''
  if (!run || Buffer.byteLength(run) + LONGEST_SOCKET > SOCKET_PATH_MAX) {
    const uid = process.getuid?.() ?? 0
    const which = createHash('sha256').update(state).digest('hex').slice(0, 8)
    run = join(tmpdir(), `worktrain-${uid}-${which}`)
  }
  return {
    state,
    run,
    cache,
    config,
    journal: join(state, 'journal.db'),
    supervisorSocket: join(run, 'supervisor.sock'),
    door: join(run, 'door'),
    token: join(state, 'token'),
    supervisorLock: join(state, 'supervisor.lock'),
    supervisorLog: join(state, 'supervisor.log'),
    sessionState: (id) => join(state, 'sessions', id),
    sessionRun: (id) => join(run, 's', id),
  }
}

/** The paths that a configuration adds to every cell, and those that it may not. */
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { isWithin, realpathOfNew } from '../platform/files.ts'
import { WorktrainError } from '../protocol/index.ts'
import { HIDDEN_CREDENTIALS, STARTED_OUTSIDE } from './tables.ts'

export interface ConfiguredPaths {
  writable: string[]
  readable: string[]
  hidden: string[]
}

/** What no configuration opens. Real paths. */
export interface ClosedPlaces {
  /** Absent: that of the operating system. */
  home: string | undefined
  /** Directories of Worktrain: state, runtime, configuration, cache. */
  own: string[]
  /** Root and git directory of the repository. */
  repository: string[]
  /** Where the workspaces of all sessions are. */
  workspaces: string
}

/** Hidden or replaced as a whole in a cell. What lies in them can be opened by itself. */
const WHOLE = [
  '/',
  '/dev',
  '/etc',
  '/home',
  '/proc',
  '/root',
  '/run',
  '/sys',
  '/tmp',
  '/usr',
  '/var',
  '/var/tmp',
]

/**
 * The paths as absolute ones: `~` stands for the home, links are followed. They need not exist.
 * @throws CONFIG_INVALID for a path that is not absolute, or that would undo a wall
 */
export function configuredPaths(paths: ConfiguredPaths, closed: ClosedPlaces): ConfiguredPaths {
  // What is closed is looked up on disk: not where there is nothing to compare with it.
  if (Object.values(paths).every((each: string[]) => each.length === 0)) return paths
  const home = realpathOfNew(closed.home ?? homedir())
  const expanded = (key: keyof ConfiguredPaths): string[] =>
    paths[key].map((path) => {
      const whole = path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path
      if (isAbsolute(whole)) return realpathOfNew(resolve(whole))
      throw refusal(key, path, 'it must be absolute or begin with ~/')
    })
  const sessions = [...closed.own, closed.workspaces].map(realpathOfNew)
  const mine = [...sessions, ...closed.repository.map(realpathOfNew)]
  const below = (rows: readonly { path: string; why: string }[]) =>
    rows.map(({ path, why }) => ({ path: realpathOfNew(join(home, path)), why }))
  const secrets = below(HIDDEN_CREDENTIALS)
  const started = below(STARTED_OUTSIDE)

  const writable = expanded('writable')
  writable.forEach((path, i) => {
    const refuse = (why: string) => refusal('writable', paths.writable[i] ?? path, why)
    if (WHOLE.includes(path)) throw refuse("that is everyone's; name what is needed in it")
    if (isWithin(path, home)) throw refuse('the home is in it; name what is needed')
    const held = mine.find((each) => isWithin(path, each) || isWithin(each, path))
    if (held !== undefined)
      throw refuse(`${held} belongs to the repository, to Worktrain or to other sessions`)
    const secret = secrets.find((each) => isWithin(each.path, path))
    if (secret) throw refuse(`${secret.path} is a credential (${secret.why})`)
    const start = started.find((each) => isWithin(each.path, path) || isWithin(path, each.path))
    if (start) throw refuse(`what ${start.path} holds is run outside the walls (${start.why})`)
  })
  const readable = expanded('readable')
  readable.forEach((path, i) => {
    const refuse = (why: string) => refusal('readable', paths.readable[i] ?? path, why)
    if (WHOLE.includes(path)) throw refuse("that is everyone's; name what is needed in it")
    const held = sessions.find((each) => isWithin(each, path))
    if (held !== undefined) throw refuse(`${held} belongs to Worktrain or to other sessions`)
  })
  return { writable, readable, hidden: expanded('hidden') }
}

function refusal(key: string, path: string, why: string): WorktrainError {
  return new WorktrainError('CONFIG_INVALID', `cell.${key}: ${path} is refused: ${why}.`, {
    details: { key: `cell.${key}`, path },
  })
}

/** What the finders of leftovers share. */
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import type { Leftover } from '../../protocol/api.ts'
import type { Actor } from '../../protocol/index.ts'
import { isLive, type SessionState } from '../../sessions/state.ts'
import type { Context } from '../context.ts'
import type { Hosts } from '../session/hosts.ts'
import type { Life } from '../session/life.ts'
import type { RepositoryContext } from '../repositories.ts'

export interface Found extends Leftover {
  /** @returns what was done, as a sentence @throws when it was not done */
  remove: (actor: Actor) => Promise<string>
}

/** What every finder looks at: all repositories, for what is unknown in one may belong to another. */
export interface Scene {
  ctx: Context
  /** Not those that were purged: nothing of them should be there. */
  sessions: Map<string, SessionState>
  repos: RepositoryContext[]
  /** Ids with a state directory of this very installation. */
  states: string[]
  hosts: Hosts
  life: Life
}

/** An id that changes with what it stands for. */
export function leftoverId(kind: Leftover['kind'], ...identity: (string | number)[]): string {
  return `${kind}-${createHash('sha256').update(identity.join('\0')).digest('hex').slice(0, 12)}`
}

/** Is something of the supervisor's own at work for this session, or its agent? */
export function isBusy(s: SessionState): boolean {
  return isLive(s) || (s.stage === 'preparing' && s.workspace.failed === null)
}

export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

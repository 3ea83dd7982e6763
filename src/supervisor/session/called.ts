/** Which session a name means. Pure. */
import { WorktrainError } from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'

/**
 * By id or name, else by a unique beginning of the name; of equal ones of one repository the newest.
 * @param sessions oldest first
 * @throws NAME_AMBIGUOUS
 */
export function pick(sessions: SessionState[], name: string): SessionState | null {
  const newestFirst = sessions.toReversed()
  const byId = sessions.find(({ id }) => id === name)
  if (byId) return byId
  const exact = newestFirst.filter((s) => s.name === name)
  if (exact.length > 0) return inOneRepository(exact, name)
  const starting = newestFirst.filter((s) => s.name.startsWith(name))
  const names = new Set(starting.map((s) => s.name))
  if (names.size > 1)
    throw new WorktrainError('NAME_AMBIGUOUS', `"${name}" may be ${[...names].sort().join(' or ')}.`)
  return inOneRepository(starting, name)
}

function inOneRepository(newestFirst: readonly SessionState[], name: string): SessionState | null {
  const repositories = new Set(newestFirst.map(({ repository }) => repository))
  if (repositories.size > 1)
    throw new WorktrainError(
      'NAME_AMBIGUOUS',
      `${repositories.size} repositories have a session called "${name}".`,
      {
        hint: 'Say of which one: --repo DIR, or be in it.',
      },
    )
  return newestFirst[0] ?? null
}

/** @throws SESSION_UNKNOWN */
export function unknown(name: string): never {
  throw new WorktrainError('SESSION_UNKNOWN', `There is no session called "${name}" here.`)
}

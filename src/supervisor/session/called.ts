/** Which session a name means. Pure. */
import { WorktrainError } from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'

/**
 * By name or id, else by a unique beginning of the name; of equal ones the newest.
 * @param sessions oldest first
 * @throws NAME_AMBIGUOUS
 */
export function pick(sessions: SessionState[], name: string): SessionState | null {
  const newestFirst = sessions.toReversed()
  const exact = newestFirst.find((s) => s.name === name || s.id === name)
  if (exact) return exact
  const starting = newestFirst.filter((s) => s.name.startsWith(name))
  const names = new Set(starting.map((s) => s.name))
  if (names.size > 1)
    throw new WorktrainError('NAME_AMBIGUOUS', `"${name}" may be ${[...names].sort().join(' or ')}.`)
  return starting[0] ?? null
}

/** @throws SESSION_UNKNOWN */
export function unknown(name: string): never {
  throw new WorktrainError('SESSION_UNKNOWN', `There is no session called "${name}" here.`)
}

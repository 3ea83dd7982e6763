/** Which change on the train a person means. Pure. */
import type { ChangeView } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/index.ts'

/**
 * By id, by name, by a unique beginning of its name; those on the train first,
 * of those that left it the newest.
 * @param changes as a view lists them: those that left the train, oldest first, then those on it
 * @throws SESSION_UNKNOWN, NAME_AMBIGUOUS
 */
export function changeCalled(changes: readonly ChangeView[], called: string): ChangeView {
  const exact = changes.find(({ id }) => id === called) ?? changes.findLast(({ name }) => name === called)
  if (exact) return exact
  for (const on of [true, false]) {
    const starting = changes.filter((one) => (one.position !== null) === on && one.name.startsWith(called))
    const names = new Set(starting.map(({ name }) => name))
    if (names.size > 1)
      throw new WorktrainError('NAME_AMBIGUOUS', `"${called}" may be ${[...names].sort().join(' or ')}.`)
    const found = starting.at(-1)
    if (found) return found
  }
  throw new WorktrainError('SESSION_UNKNOWN', `There is no change "${called}" on the train.`, {
    hint: 'See `worktrain train`.',
  })
}

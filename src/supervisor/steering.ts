/** What a person asks of one change on the train: by name, and answered with the change as it is then. */
import type { ChangeView } from '../protocol/api.ts'
import { type Actor, WorktrainError } from '../protocol/index.ts'
import type { Train } from '../train/index.ts'

export type Steering =
  | { what: 'release' }
  | { what: 'hold'; why: string }
  | { what: 'priority'; priority: number }

/** @throws as {@link changeCalled}, and as the train does for what cannot be done to it any more */
export async function steer(
  train: Train,
  change: string,
  asked: Steering,
  actor: Actor,
): Promise<ChangeView> {
  const found = changeCalled((await train.view()).changes, change)
  const { id } = found
  if (asked.what === 'hold') await train.hold(id, asked.why, actor)
  else if (asked.what === 'release') await train.release(id, actor)
  else await train.prioritise(id, asked.priority, actor)
  return (await train.view()).changes.find((one) => one.id === id) ?? found
}

/**
 * The change that a person means: by id, by name, by a unique beginning of its name; those on the train first,
 * of those that left it the newest. Pure.
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

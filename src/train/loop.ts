/** Keeps the train going: as long as there is something to do, and then when something happens. */
import { dirname, join } from 'node:path'
import type { Repository } from '../git/index.ts'
import { WorktrainError } from '../protocol/index.ts'
import type { State } from './store.ts'
import { isActive } from './change.ts'
import type { Bell } from './wait.ts'

/** A step that fails again and again is tried at most this much more slowly. */
const SLOWEST = 12

/**
 * Steps until aborted.
 * @throws JOURNAL_FENCED: the journal belongs to somebody else now
 */
export async function keepGoing(options: {
  bell: Bell
  repository: Repository
  step: () => Promise<boolean>
  state: () => Promise<State>
  /** How often to look again when no event tells, ms. */
  retryMs: number
  signal: AbortSignal
  onAbort: () => void
  /** A step failed; null: one was done again. */
  onTrouble: (error: unknown) => void
}): Promise<void> {
  const { bell, repository, signal } = options
  const end = () => {
    options.onAbort()
    bell.ring()
  }
  signal.addEventListener('abort', end, { once: true })
  let failures = 0
  try {
    while (!signal.aborted) {
      bell.hush()
      try {
        const moved = await options.step()
        failures = 0
        options.onTrouble(null)
        if (moved) continue
      } catch (error) {
        if (error instanceof WorktrainError && error.code === 'JOURNAL_FENCED') throw error
        failures += 1
        options.onTrouble(error)
        // Its own events must not make it try again at once.
        bell.hush()
      }
      if (signal.aborted) break
      const state = await options.state()
      const waiting = state.changes.some(isActive) || state.builds.some((build) => !build.ended)
      const pace = options.retryMs * Math.min(2 ** Math.max(0, failures - 1), SLOWEST)
      await bell.wait(waiting ? pace : null, watched(repository, state))
    }
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Directories in which something changes when the target moves, or what blocks a landing goes away. */
function watched(repository: Repository, { changes, record }: State): string[] {
  const targets = new Set(changes.filter(isActive).map((change) => change.target))
  const branches = [...targets].map((target) => dirname(join(repository.commonDir, 'refs', 'heads', target)))
  if (!record.blocked) return branches
  const root = record.intent?.checkout ?? repository.root
  const places = record.blocked.paths.map((path) => dirname(path.startsWith('/') ? path : join(root, path)))
  return [...new Set([repository.commonDir, root, ...branches, ...places])]
}

/** Keeps the train going: as long as there is something to do, and then when something happens. */
import { dirname, join } from 'node:path'
import type { Repository } from '../git/index.ts'
import type { Journal } from '../journal/journal.ts'
import { WorktrainError } from '../protocol/index.ts'
import { inOrder } from './policy.ts'
import type { Change } from './ports.ts'
import { createBell } from './wait.ts'

/** A step that fails again and again is tried at most this much more slowly. */
const SLOWEST = 12

/**
 * Ticks until aborted.
 * @throws JOURNAL_FENCED: the journal belongs to somebody else now
 */
export async function keepGoing(options: {
  journal: Journal
  repository: Repository
  tick: () => Promise<boolean>
  changes: () => Promise<Change[]>
  /** How often to look again when no event tells, ms. */
  retryMs: number
  signal: AbortSignal
  onAbort: () => void
  /** A step failed; null: one was done again. */
  onTrouble: (error: unknown) => void
}): Promise<void> {
  const { journal, repository, signal } = options
  const bell = createBell()
  const stop = journal.subscribe((events) => {
    if (events.some((event) => event.aggregate === 'change' || event.aggregate === 'train')) bell.ring()
  })
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
        const moved = await options.tick()
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
      const first = inOrder(await options.changes())[0]
      const pace = options.retryMs * Math.min(2 ** Math.max(0, failures - 1), SLOWEST)
      await bell.wait(first ? pace : null, first?.blocked ? watched(repository, first) : [])
    }
  } finally {
    signal.removeEventListener('abort', end)
    stop()
  }
}

/** Directories in which something changes when what blocks a landing goes away. */
function watched(repository: Repository, change: Change): string[] {
  const root = change.intent?.checkout ?? repository.root
  const places = (change.blocked?.paths ?? []).map((path) =>
    dirname(path.startsWith('/') ? path : join(root, path)),
  )
  return [...new Set([repository.commonDir, root, ...places])]
}

/** Waits until it is worth looking again: something was journalled, a file changed, or time passed. */
import { existsSync, watch } from 'node:fs'

export interface Bell {
  ring(): void
  /** Forgets rings before now. */
  hush(): void
  /**
   * Until the next ring, also one since {@link Bell.hush}.
   * @param timeoutMs null: however long it takes
   * @param directories a change of an entry in one of them rings as well
   */
  wait(timeoutMs: number | null, directories: readonly string[]): Promise<void>
}

export function createBell(): Bell {
  let rung = false
  let wake = () => {}
  const ring = () => {
    rung = true
    wake()
  }
  return {
    ring,
    hush() {
      rung = false
    },
    async wait(timeoutMs, directories) {
      if (rung) return
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      const timer = timeoutMs === null ? undefined : setTimeout(ring, timeoutMs)
      const watchers = directories
        .filter((directory) => existsSync(directory))
        .flatMap((directory) => watching(directory, ring))
      await promise
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      wake = () => {}
    },
  }
}

/** A watcher that cannot be had is no loss: the time-out rings later. */
function watching(directory: string, ring: () => void): { close(): void }[] {
  try {
    const watcher = watch(directory, { persistent: false }, ring)
    watcher.on('error', () => watcher.close())
    return [watcher]
  } catch {
    return []
  }
}

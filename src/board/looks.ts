/** Looks again at what events tell of: at once after a quiet time, and after that at a measured pace. */
import { Due } from './due.ts'

export interface Looks extends Pick<Due, 'add' | 'addAll'> {
  /** No look begins any more. */
  end: () => void
}

/**
 * @param everyMs time that passes at least from the beginning of one look to that of the next
 * @param look ids of sessions; null: everything. Answers with the seq of the newest event that it has seen
 * @param failed told of what a look throws; everything is looked at with the next event, and not before
 */
export function looks(
  everyMs: number,
  look: (ids: readonly string[] | null) => Promise<number>,
  failed: (error: unknown) => void,
): Looks {
  const due = new Due()
  let timer: ReturnType<typeof setTimeout> | undefined
  let busy = false
  let over = false
  let began = -Infinity
  const next = (): void => {
    if (timer !== undefined || busy || over || !due.any) return
    timer = setTimeout(() => void begin(), Math.max(0, began + everyMs - performance.now()))
  }
  const begin = async (): Promise<void> => {
    timer = undefined
    busy = true
    began = performance.now()
    try {
      due.seen(await look(due.take()))
    } catch (error) {
      due.addAll()
      busy = false
      return failed(error)
    }
    busy = false
    next()
  }
  return {
    add: (event) => {
      due.add(event)
      next()
    },
    addAll: () => {
      due.addAll()
      next()
    },
    end: () => {
      clearTimeout(timer)
      over = true
    },
  }
}

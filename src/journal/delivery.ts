/** Hands committed events to listeners, in the order of the commits. */
import type { Recorded } from '../protocol/index.ts'

type Listener = (events: Recorded[]) => void

export interface Delivery {
  subscribe(listener: Listener): () => void
  deliver(events: Recorded[]): void
}

/**
 * A listener may append: what it appends is delivered after everyone has seen what came before.
 * @param onError what a listener threw; by default thrown again outside of the append that caused it
 */
export function createDelivery(onError: (error: unknown) => void = throwLater): Delivery {
  const listeners = new Set<{ listener: Listener }>()
  const waiting: Recorded[][] = []
  let delivering = false
  return {
    subscribe(listener) {
      // An entry of its own: the same function subscribed twice is two subscriptions.
      const entry = { listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    deliver(events) {
      if (events.length === 0) return
      waiting.push(events)
      if (delivering) return
      delivering = true
      for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
        for (const { listener } of listeners) {
          try {
            listener(batch)
          } catch (error) {
            onError(error)
          }
        }
      }
      delivering = false
    },
  }
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

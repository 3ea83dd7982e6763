import { setTimeout as delay } from 'node:timers/promises'

/** Waits so many ms. An abort ends the wait, and is no error. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => {})
}

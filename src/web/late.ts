/**
 * Why something was not done, where the part of the page that asked for it has gone meanwhile: as the question that
 * was answered elsewhere first, or the form that one has left. Shown above the page until one goes on.
 */
import { useSyncExternalStore } from 'react'
import { MOVED } from './router.ts'

let late: string | null = null
const listeners = new Set<() => void>()

function put(why: string | null): void {
  late = why
  for (const listener of listeners) listener()
}

export const tellLate = (why: string): void => put(why)

for (const moved of [MOVED, 'popstate']) addEventListener(moved, () => put(null))

export function useLate(): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => late,
  )
}

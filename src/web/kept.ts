/** What was typed and not sent is there again after one has looked elsewhere, for as long as the page is open. */
import { useState } from 'react'

const kept = new Map<string, unknown>()

/** As `useState`, but it outlives the part of the page that uses it. @param key of what is typed, such as of a session */
export function useKept<T>(key: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState(() => (kept.has(key) ? (kept.get(key) as T) : initial))
  return [
    value,
    (next) => {
      kept.set(key, next)
      setValue(next)
    },
  ]
}

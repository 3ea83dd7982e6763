/** How long ago something was, kept current. */
import { useSyncExternalStore } from 'react'
import { age } from '../words.ts'

let now = Date.now()
const listeners = new Set<() => void>()
let timer = 0

/** One clock for all ages on the page, which stands while nobody looks. */
function listen(listener: () => void): () => void {
  listeners.add(listener)
  timer ||= window.setInterval(() => {
    if (document.hidden) return
    now = Date.now()
    for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = 0
  }
}

export function Age({ at }: { at: number }) {
  const text = useSyncExternalStore(listen, () => age(Math.max(now, at) - at))
  return (
    <time className="age" dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
      {text}
    </time>
  )
}

/** Is there room for two columns of code? */
import { useSyncExternalStore } from 'react'

const wide = matchMedia('(min-width: 900px)')

export function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      wide.addEventListener('change', listener)
      return () => wide.removeEventListener('change', listener)
    },
    () => wide.matches,
  )
}

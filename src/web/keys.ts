/** The keyboard: one table, shown by `?`. */
import { useLayoutEffect, useRef } from 'react'

export interface Key {
  key: string
  does: string
  run: () => void
}

const isText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/** Keys of the page, or part of a page, that is shown. They rest while somebody types. */
export function useKeys(keys: readonly Key[]): void {
  const newest = useRef(keys)
  newest.current = keys
  // Before what they belong to is painted: who sees it can press it.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (isText(event.target) || document.querySelector('dialog[open]')) return
      // A link or button that has the focus is pressed by Enter itself.
      if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.closest('a, button'))
        return
      const found = newest.current.find(({ key }) => key === event.key)
      if (!found) return
      event.preventDefault()
      found.run()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}

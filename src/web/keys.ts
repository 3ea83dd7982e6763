/** The keyboard: one table, shown by `?`. */
import { useLayoutEffect, useRef } from 'react'
import { type Aim, aimedAt, stillTyping } from './aim.ts'

export interface Key {
  key: string
  does: string
  run: () => void
}

const isText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/** What the keys of this page settle, and when something was last pressed on it. */
let aim: Aim | null = null
let acted = -Infinity
const act = (): void => {
  acted = performance.now()
}
/** The field that the person types into, and when they last did; null: they have ended it. */
let typing: { field: HTMLElement; at: number } | null = null

/**
 * Keys of the page, or part of a page, that is shown. They rest while somebody types.
 * @param settles id of what they settle: they rest as well right after it has come in the place of something else
 */
export function useKeys(keys: readonly Key[], settles: string | null = null): void {
  const newest = useRef(keys)
  newest.current = keys
  useLayoutEffect(() => {
    if (settles === null) return
    // Before anything changes by it. Adding the same one again adds nothing.
    for (const what of ['keydown', 'pointerdown', 'click']) addEventListener(what, act, { capture: true })
    aim = aimedAt(aim, settles, acted, performance.now())
    return () => {
      if (aim?.of === settles) aim = { ...aim, until: performance.now() }
    }
  }, [settles])
  // Before what they belong to is painted: who sees it can press it.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (document.querySelector('dialog[open]')) return
      const now = performance.now()
      if (isText(event.target)) {
        const ended = event.key === 'Enter' || event.key === 'Escape'
        typing = ended ? null : { field: event.target as HTMLElement, at: now }
        return
      }
      if (typing && stillTyping(typing.field, typing.at, now)) {
        typing.at = now
        return
      }
      // A link or button that has the focus is pressed by Enter itself.
      if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.closest('a, button'))
        return
      const found = newest.current.find(({ key }) => key === event.key)
      if (!found) return
      event.preventDefault()
      if (settles !== null && aim?.of === settles) {
        if (now < aim.deafUntil) return
        aim.used = true
      }
      found.run()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [settles])
}

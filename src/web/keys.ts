/** The keyboard: one table, shown by `?`. */
import { useLayoutEffect, useRef } from 'react'
import { type Aim, aimedAt, stillTyping, type Typing } from './aim.ts'

export interface Key {
  key: string
  does: string
  run: () => void
}

const isText = (target: EventTarget | null): target is HTMLElement =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/** What the keys of this page settle. */
let aim: Aim | null = null
/** When the person last pressed something. */
let acted = -Infinity
/** Null: they have ended it. */
let typing: Typing | null = null

/** Before anything changes by it. */
function act(event: Event): void {
  acted = performance.now()
  if (!(event instanceof KeyboardEvent)) typing = null
  else if (isText(event.target))
    typing = ['Enter', 'Escape'].includes(event.key)
      ? null
      : { field: event.target, at: acted, inVain: false }
}

/**
 * Keys of the page, or part of a page, that is shown. They rest while somebody types.
 * @param settles id of what they settle: they rest as well right after it has come in the place of something else
 */
export function useKeys(keys: readonly Key[], settles: string | null = null): void {
  const newest = useRef(keys)
  newest.current = keys
  useLayoutEffect(() => {
    // Adding the same one again adds nothing.
    for (const what of ['keydown', 'pointerdown', 'click']) addEventListener(what, act, { capture: true })
    if (settles === null) return
    aim = aimedAt(aim, settles, acted, performance.now())
    return () => {
      if (aim?.of === settles) aim = { ...aim, until: performance.now() }
    }
  }, [settles])
  // Before what they belong to is painted: who sees it can press it.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (isText(event.target) || document.querySelector('dialog[open]')) return
      const now = performance.now()
      if (typing && stillTyping(typing, now)) {
        typing = { ...typing, at: now, inVain: true }
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

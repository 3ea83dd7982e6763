/** Whether something on the page is in sight. */
import { useCallback, useEffect, useRef } from 'react'
import type { RefObject } from 'react'

/** @returns asks: at first it counts as in sight */
export function useInSight(element: RefObject<Element | null>): () => boolean {
  const inSight = useRef(true)
  useEffect(() => {
    const watched = element.current
    if (watched === null) return undefined
    // As it was drawn last: what comes in now has not moved it yet.
    const observer = new IntersectionObserver(([entry]) => {
      inSight.current = entry?.isIntersecting ?? true
    })
    observer.observe(watched)
    return () => observer.disconnect()
  })
  return useCallback(() => inSight.current, [])
}

/** The focus is the place in a review: it stays there also where what had it is drawn anew. */
import { useLayoutEffect } from 'react'

/** Where it is in the files, as the page is now. */
function placeOf(focused: Element | null): { path: string; line: string | null } | null {
  const file = focused?.closest<HTMLElement>('.file[data-path]')
  const path = file?.dataset.path
  return path === undefined ? null : { path, line: focused?.getAttribute('data-line') ?? null }
}

/** Of the part that draws the files: the line that had it, else its file, has it again. */
export function useKeptFocus(): void {
  const had = placeOf(document.activeElement)
  useLayoutEffect(() => {
    if (had === null || document.activeElement !== document.body) return
    const file = document.querySelector(`.file[data-path="${CSS.escape(had.path)}"]`)
    const line = had.line === null ? null : file?.querySelector<HTMLElement>(`[data-line="${had.line}"]`)
    const next = line ?? file?.querySelector('summary')
    next?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  })
}

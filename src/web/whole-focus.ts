/** Whoever is at the keyboard sees where they are, whole. */

/** In a row that scrolls sideways a browser leaves beyond the edge what it counts as seen in part. */
export function showWholeFocus(page: Document): void {
  page.addEventListener('focusin', ({ target }) => {
    // Not by a press: what is pressed must not move away below the pointer.
    if (target instanceof Element && target.matches(':is(a, button):focus-visible'))
      target.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  })
}

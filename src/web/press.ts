/**
 * A press is of what stood where it began: what comes from the supervisor waits until it is over.
 *
 * Without it a session that begins to wait moves to another group between the button's going down and up, and
 * the press on it does nothing: browsers make no click of two places.
 */

/** Whoever holds a button longer has more in mind than to press, ms. */
const LONGEST_MS = 2000
/** A finger's click comes so long after it has left the screen at most, ms. */
const CLICK_WITHIN_MS = 100

let over: Promise<void> | null = null

/** Resolves at once where nobody presses anything. */
export async function whenNotPressed(): Promise<void> {
  await over
}

addEventListener(
  'pointerdown',
  () => {
    over ??= new Promise((resolve) => {
      const heard = new AbortController()
      let timer = 0
      const endIn = (ms: number): void => {
        clearTimeout(timer)
        timer = window.setTimeout(() => {
          heard.abort()
          over = null
          resolve()
        }, ms)
      }
      const on = (what: readonly string[], ms: number): void => {
        for (const each of what)
          addEventListener(each, () => endIn(ms), { capture: true, signal: heard.signal })
      }
      endIn(LONGEST_MS)
      on(['pointerup'], CLICK_WITHIN_MS)
      // Not before it has done what it does.
      on(['click', 'contextmenu', 'pointercancel', 'dragstart'], 0)
    })
  },
  { capture: true },
)

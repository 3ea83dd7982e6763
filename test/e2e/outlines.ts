/** Whether somebody at the keyboard sees where they are: the outline of what has the focus, whole. */
import type { Page } from 'playwright-core'

/** More stops than this are not gone to. */
const STOPS = 60

/** What has the focus, and what cuts its outline off; empty: nothing does. Of a terminal its frame tells it. */
const CUT = `(() => {
  const here = document.activeElement
  const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(here)
  if (here === document.body || outlineStyle === 'none' || here.closest('.xterm')) return ''
  const wide = parseFloat(outlineWidth) + parseFloat(outlineOffset) - 0.5
  const { left, top, right, bottom } = here.getBoundingClientRect()
  for (let around = here.parentElement; around !== document.body; around = around.parentElement) {
    const room = around.getBoundingClientRect()
    const whole =
      left - wide >= room.left && top - wide >= room.top && right + wide <= room.right && bottom + wide <= room.bottom
    if (getComputedStyle(around).overflow !== 'visible' && !whole) return around.outerHTML.slice(0, 80) + ' cuts off ' + here.outerHTML
  }
  return ''
})()`

/** Goes through the page by Tab, from its beginning. @returns whatever has no whole outline there */
export async function cutOutlines(page: Page): Promise<string[]> {
  await page.evaluate('document.activeElement.blur()')
  const cut: string[] = []
  for (let stop = 0; stop < STOPS; stop++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate('document.activeElement === document.body')) break
    const found = (await page.evaluate(CUT)) as string
    if (found !== '') cut.push(found)
  }
  return cut
}

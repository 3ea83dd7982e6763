/** Window titles worth a record. */

/** A title counts once it has stood this long, milliseconds: agents animate theirs. */
const STANDS_AFTER = 1000

/**
 * Reports a title once it stands still, without the symbol in front of it: Claude Code turns a wheel
 * there, twice a second, for as long as it works.
 */
export function steadyTitle(report: (title: string) => void): (title: string) => void {
  let reported = ''
  let timer: NodeJS.Timeout | null = null
  let waiting = ''
  return (raw) => {
    const title = raw.replace(/^[^\p{L}\p{N}]+\s/u, '')
    if (title === waiting && timer !== null) return
    if (timer !== null) clearTimeout(timer)
    timer = null
    waiting = title
    if (title === reported) return
    timer = setTimeout(() => {
      timer = null
      reported = title
      report(title)
    }, STANDS_AFTER)
    timer.unref()
  }
}

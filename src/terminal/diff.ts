/** A unified diff, or its summary, in colours. Pure. */
import type { Paint } from './look.ts'
import { lines } from './text.ts'

/**
 * The colours are put in here and not by git, whose own could not be told from those that a file holds: with one
 * of them a file would hide what it says.
 * @param text as git prints it without colours
 */
export function diffText(text: string, paint: Paint): string {
  let head = false
  return lines(text)
    .split('\n')
    .map((line) => {
      if (line.startsWith('diff ')) head = true
      if (line.startsWith('@@')) {
        head = false
        return line.replace(/^@@.*?@@/, (range) => paint('cyan', range))
      }
      if (head) return paint('bold', line)
      if (line.startsWith('+')) return paint('green', line)
      if (line.startsWith('-')) return paint('red', line)
      return line
    })
    .join('\n')
}

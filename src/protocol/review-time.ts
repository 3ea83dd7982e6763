/** How a piece of work was reviewed, as a sentence. Pure. */
import type { ReviewTime } from './views.ts'

/**
 * Time against size, without a judgement.
 * @param age how the board says a duration, ms
 */
export function reviewTimeSaid(
  { files, lines, looks, ms, decidedAt }: ReviewTime,
  age: (ms: number) => string,
): string {
  const what = `${count(lines, 'line')} in ${count(files, 'file')}`
  if (decidedAt === null)
    return `${what}, ${looks === 0 ? 'not looked at yet' : `looked at ${count(looks, 'time')}`}`
  return ms === null
    ? `${what}, decided without a look through Worktrain`
    : `${what}, ${age(ms)} from the first look to the decision`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** The measured train as tables of 80 columns. */
import { milliseconds, table, times } from '../measure.ts'
import type { RealResult } from './real.ts'

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

export function renderReal({ changes, rounds, files, rows, parts }: RealResult): string {
  return [
    `The train for real: ${changes} changes at once, one of them red; ${files} files, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`,
    table([
      ['median (of the serial one)', 'makespan', 'latency', 'runs'],
      ...rows.map(({ method, makespan, latency, runs, ratio }) => [
        `  ${method}`,
        `${seconds(makespan.median)} (${times(ratio.makespan)})`,
        `${seconds(latency.median)} (${times(ratio.latency)})`,
        `${runs.median} (${times(ratio.runs)})`,
      ]),
    ]),
    table([
      ['One change on an idle train', 'median', 'min', 'max'],
      ...parts.map(({ what, ms }) => [
        `  ${what}`,
        milliseconds(ms.median),
        milliseconds(ms.min),
        milliseconds(ms.max),
      ]),
    ]),
  ].join('\n\n')
}

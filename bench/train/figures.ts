/**
 * What the hybrid policy reached in the simulation it comes from (64 changes at once, 40 to 150 seeds): makespan in
 * checks, mean latency of what landed, check runs. Where that table shows only cuts and tree, it is the one that the
 * hybrid is above and below its switch; there the tree is told to be one from the start, which a hybrid has to learn.
 */
export interface Figure {
  changes: number
  slots: number
  failing: number
  makespan: number
  latency?: number
  runs?: number
  /** Half a unit of the last digit that is given of the makespan. */
  rounding: number
}

const RATES = [0, 0.05, 0.1, 0.2, 0.3]
const AT_64: Record<number, string> = {
  1: '4/3/4 20/11/20 33/17/32 48/25/48 62/33/62',
  2: '3/2/8 14/8/31 22/12/48 32/17/69 37/19/84',
  4: '3.1/2/17 10/6/49 15/8/74 22/11/109 26/13/134',
  8: '2.6/1.7/32 7.5/4/76 12/6/111 15/8/193 19/10/245',
}
const FEWER: readonly Figure[] = [
  { changes: 8, slots: 4, failing: 0, makespan: 1, rounding: 0.05 },
  { changes: 8, slots: 4, failing: 0.1, makespan: 1.9, rounding: 0.05 },
  { changes: 8, slots: 4, failing: 0.3, makespan: 3.6, rounding: 0.05 },
  { changes: 16, slots: 4, failing: 0, makespan: 1, rounding: 0.05 },
  { changes: 16, slots: 4, failing: 0.1, makespan: 3.8, rounding: 0.05 },
  { changes: 16, slots: 4, failing: 0.3, makespan: 7.8, rounding: 0.05 },
]

export const FIGURES: readonly Figure[] = [
  ...Object.entries(AT_64).flatMap(([slots, cells]) =>
    cells.split(' ').map((cell, index) => {
      const [makespan = 0, latency = 0, runs = 0] = cell.split('/').map(Number)
      const rounding = cell.split('/')[0]?.includes('.') ? 0.05 : 0.5
      const failing = RATES[index] ?? 0
      return { changes: 64, slots: Number(slots), failing, makespan, latency, runs, rounding }
    }),
  ),
  ...FEWER,
]

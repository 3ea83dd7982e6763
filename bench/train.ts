/** How fast the train is: the product's own policy in a simulation, beside other merge queues. */
import type { Wanted } from './measure.ts'
import { type Simulated, renderSimulated } from './train/report.ts'
import { foretell, type SchedulerName, simulate } from './train/simulate.ts'

export interface TrainResult {
  simulated: Simulated
}

const CHANGES = [8, 16, 32, 64]
const SLOTS = [1, 2, 4, 8]
const FAILING = [0, 0.05, 0.1, 0.2, 0.3]
const RIVALS: readonly SchedulerName[] = [
  'worktrain',
  'hybrid as described',
  'Zuul, window = slots',
  'Zuul, optimistic',
  'batches of 8, halved',
  'serial',
]
const EVERY: readonly SchedulerName[] = [
  ...RIVALS,
  'worktrain, with history',
  'worktrain, retest',
  'worktrain, every commit',
]

/** `repeat`: how many seeds, 100 unless told (20 with `quick`). The same seeds in every run: so are the figures. */
export async function measureTrain(wanted: Wanted): Promise<TrainResult> {
  const seeds = wanted.repeat ?? (wanted.quick ? 20 : 100)
  const began = performance.now()
  const burst = []
  for (const changes of CHANGES) {
    wanted.say?.(`train: ${changes} changes at once`)
    for (const slots of SLOTS)
      for (const failing of FAILING) burst.push(simulate({ changes, slots, failing }, EVERY, seeds))
  }
  wanted.say?.('train: accidents, pairs, arrivals, estimates')
  const queue = { changes: 32, slots: 4, failing: 0.1 }
  const simulated = {
    seeds,
    burst,
    flaky: [0, 0.02, 0.05, 0.1].map((flaky) =>
      simulate(
        { ...queue, flaky },
        ['worktrain', 'worktrain, retest', 'Zuul, window = slots', 'serial'],
        seeds,
      ),
    ),
    pairs: [0.005, 0.02].map((pairs) => simulate({ ...queue, failing: 0, pairs }, RIVALS, seeds)),
    arrivals: [0.5, 1, 2, 3, 4].map((arrivals) =>
      simulate({ ...queue, changes: 200, arrivals }, RIVALS, Math.ceil(seeds / 4)),
    ),
    foretold: foretell(queue, seeds),
    seconds: (performance.now() - began) / 1000,
  }
  return { simulated }
}

export function renderTrain({ simulated }: TrainResult): string {
  return renderSimulated(simulated)
}

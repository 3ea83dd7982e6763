/** Is the train of a repository paused? A fold over its events. Pure. */
import type { Projection } from '../journal/journal.ts'
import type { Recorded, TrainEvents } from '../protocol/index.ts'

export interface TrainState {
  paused: TrainEvents['train.paused'] | null
}

export const trainProjection: Projection<TrainState> = {
  aggregate: 'train',
  version: 1,
  evolve(state: TrainState | null, event: Recorded): TrainState {
    if (event.type === 'train.paused') return { paused: event.data }
    if (event.type === 'train.resumed') return { paused: null }
    return state ?? { paused: null }
  },
}

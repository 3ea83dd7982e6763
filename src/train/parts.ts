/** What the files of the train share. */
import type { Repository } from '../git/index.ts'
import type { Landing } from './landing.ts'
import type { TrainRefs } from './refs.ts'
import type { By, Store } from './store.ts'

export interface Parts {
  repository: Repository
  stateDir: string
  store: Store
  refs: TrainRefs
  landing: Landing
  /** The train as the actor of what it does by itself. */
  by: By
  now: () => number
  id: (prefix: string) => string
}

/** Runs one piece of work at a time, in the order asked. */
export type Order = <T>(work: () => Promise<T>) => Promise<T>

export function createOrder(): Order {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }
}

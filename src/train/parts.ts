/** What the files of the train share. */
import type { Repository } from '../git/index.ts'
import type { CheckSpec } from '../protocol/index.ts'
import type { Landing } from './land/landing.ts'
import type { TrainRefs } from './refs.ts'
import type { By, Store } from './store.ts'

/** How the train works, as configured at the moment. */
export interface TrainSettings {
  /** Builds that may be tested at a time, and why so many. */
  slots: { count: number; why: string }
  mode: 'prefix' | 'every-commit'
  /** The suite once more on the target after landings, when there is nothing else to do. */
  verify: boolean
  /** Resolutions of conflicts are remembered and used again. */
  remember: boolean
  specOf: (command: string) => CheckSpec
  /** Of a check that names none: time, ms, and resident memory, bytes. */
  limits: { timeoutMs: number; memoryBytes: number | null }
  /** Fingerprint of the tools: a verdict counts only for the same. */
  environment: string
}

export interface Parts {
  repository: Repository
  stateDir: string
  store: Store
  refs: TrainRefs
  landing: Landing
  settings: () => Promise<TrainSettings>
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

/** How events change a session's state. */
import type { EventMap } from '../protocol/index.ts'
import type { SessionState } from './state.ts'

/** One entry an event: what it changes. `at`: ms since the epoch. */
export type Folds = {
  [T in keyof EventMap]?: (state: SessionState, data: EventMap[T], at: number) => Partial<SessionState>
}

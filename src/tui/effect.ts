/** What the board wants done, as data. `carry-out.ts` does it. */
import type { AttentionItem, AttentionLook, Input, Outputs, Procedure } from '../protocol/api.ts'
import type { AttentionCall } from '../protocol/attention.ts'
import type { Board } from './board.ts'

export type Effect =
  | { do: 'quit' }
  | { do: 'attach'; session: string }
  | { do: 'details'; item: AttentionItem }
  | { do: 'settle'; item: AttentionItem; label: string; call: AttentionCall }
  /** Fetches what an action wants looked at. */
  | { do: 'look'; look: AttentionLook; title: string }
  | { do: 'call'; call: Call }
  | { do: 'start' }

/** A call of the API, and what is said once it is done. */
export type Call = {
  [P in Procedure]: { call: P; input: Input<P>; said: (output: Outputs[P]) => string }
}[Procedure]

export interface Step {
  board: Board
  effects: Effect[]
}

export function stay(board: Board, ...effects: Effect[]): Step {
  return { board, effects }
}

export function say(board: Board, text: string, tone: 'green' | 'red' | 'dim' = 'dim'): Board {
  return { ...board, said: { text, tone } }
}

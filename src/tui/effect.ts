/** What the board wants done, as data, and `typed` the line with which it was wanted. `carry-out.ts` does it. */
import type { AttentionItem, AttentionLook, Input, Outputs, Procedure } from '../protocol/api.ts'
import type { AttentionCall } from '../protocol/attention.ts'
import type { Board } from './board.ts'
import type { Asked, LineMode } from './mode.ts'

export type Effect =
  | { do: 'quit' }
  | { do: 'suspend' }
  | { do: 'attach'; session: string }
  | { do: 'details'; item: AttentionItem }
  | { do: 'settle'; item: AttentionItem; label: string; call: AttentionCall; typed?: LineMode }
  /** Fetches what an action wants looked at. */
  | { do: 'look'; look: AttentionLook; title: string }
  | { do: 'call'; call: Call; typed?: LineMode }
  /** Starts a session. */
  | { do: 'begin'; call: Call }
  /** Fetches a review. `fresh`: what is there now is saved first. */
  | { do: 'review'; session: string; asked: Asked; fresh: boolean }
  /** Fetches one file of it in full, with so many unchanged lines around its changes. */
  | { do: 'review-file'; session: string; asked: Asked; path: string; context: number }
  /** Fetches the saved states of the work. */
  | { do: 'snapshots'; session: string }
  /** Loads what colours code, where there are colours. */
  | { do: 'languages' }
  /** The person begins to look at the work, or has looked at this snapshot of it. */
  | { do: 'looked'; session: string; commit: string | null }
  /** A file was gone through as it is, or was not. */
  | { do: 'mark'; session: string; path: string; change: string; marked: boolean }
  /** A word on a whole review. */
  | { do: 'decide'; session: string; call: Call; typed?: LineMode }
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

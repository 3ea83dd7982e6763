/** All actions by name: of the list, or of the review that it was opened from. Pure. */
import { ACTIONS } from './actions.ts'
import type { Board } from './board.ts'
import type { Step } from './effect.ts'
import type { Mode } from './mode.ts'
import { act, REVIEW_ACTIONS } from './reviewing/actions.ts'

/** Before the place of an action among those that are found, in the id of its line. */
export const OFFERED_ROW = 'offered '

export interface Offered {
  keys: readonly string[]
  does: string
  /** @param board as it was before the palette was opened */
  run: (board: Board, now: number) => Step
}

/**
 * Actions that have all words of `text` in what they do.
 * @param back where the palette was opened
 */
export function offered(back: Mode, text: string): Offered[] {
  const words = text.toLowerCase().split(/\s+/)
  const all: readonly Offered[] =
    back.at === 'review'
      ? REVIEW_ACTIONS.map((action) => ({
          ...action,
          run: (board, now) => act(board, back, action, now),
        }))
      : ACTIONS
  return all.filter(({ does }) => words.every((word) => does.toLowerCase().includes(word)))
}

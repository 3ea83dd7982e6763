/** Where lines of a change came from, as words. Pure. */
import type { ReviewTurn } from '../../protocol/review.ts'

const WHO = {
  brief: 'brief',
  person: 'you',
  terminal: 'typed in its terminal',
  train: 'train',
  supervisor: 'Worktrain',
} as const

/** Who asked for a turn, or what else it was; and the prompt, whole. */
export function originOf(turn: ReviewTurn): { who: string; prompt: string } {
  if (turn.kind === 'update') return { who: 'main was brought in', prompt: '' }
  if (turn.kind === 'outside')
    return turn.prompt === ''
      ? { who: 'changed after the turn had ended', prompt: '' }
      : { who: 'you', prompt: turn.prompt }
  return { who: turn.from === null ? 'unknown' : WHO[turn.from], prompt: turn.prompt }
}

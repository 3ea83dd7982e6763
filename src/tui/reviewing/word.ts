/** The person's word on a review, and what they type for it. Pure. */
import type { ReviewComment } from '../../protocol/review.ts'
import { count, oneLine } from '../../terminal/text.ts'
import type { Board } from '../board.ts'
import { type Call, say, stay, type Step } from '../effect.ts'
import { lineOf } from '../line.ts'
import type { LineFor, ReviewMode } from '../mode.ts'
import type { Here } from './move.ts'

export function handBack(board: Board, { mode, view }: Here): Step {
  const drafts = draftsOf(view.comments)
  const words = drafts === 0 ? 'what to do' : `a word with the ${count(drafts, 'comment')} (Enter: none)`
  const what = { what: 'hand-back', session: mode.session.id } as const
  return typing(board, mode, words, what, { optional: drafts > 0 })
}

export function reject(board: Board, { mode, view }: Here): Step {
  const drafts = draftsOf(view.comments)
  const words = `why it is rejected${drafts === 0 ? '' : `, with ${count(drafts, 'comment')}`}`
  return typing(board, mode, words, { what: 'reject', session: mode.session.id })
}

export function draftsOf(comments: readonly ReviewComment[]): number {
  return comments.filter(({ state }) => state === 'draft').length
}

/** What is approved is what is on the screen: some turns of it are not the work. */
export function approve(board: Board, { mode, view }: Here, landing: boolean): Step {
  if (mode.asked.turns !== null) return stay(say(board, 'an approval is of the whole: b shows it'))
  if (mode.shown?.asked !== mode.asked) return stay(say(board, 'another view is on its way'))
  if (board.sessions?.find(({ id }) => id === mode.session.id)?.stage === 'landed')
    return stay(say(board, 'it has landed'))
  return decide(board, mode, {
    call: 'approve',
    input: { repo: null, name: mode.session.id, commit: view.to.commit, land: landing },
    said: ({ session, change }) =>
      `${oneLine(session.name)} is approved${change === null ? '' : ', and on the train'}`,
  })
}

export function land(board: Board, { mode }: Here): Step {
  return decide(board, mode, {
    call: 'land',
    input: { repo: null, name: mode.session.id, approved: true },
    said: ({ name, already }) => `${oneLine(name)} is ${already ? 'already ' : ''}on the train`,
  })
}

export function decide(board: Board, mode: ReviewMode, call: Call): Step {
  return stay({ ...board, mode: { ...mode, busy: true } }, { do: 'decide', session: mode.session.id, call })
}

export function typing(
  board: Board,
  back: ReviewMode,
  words: string,
  what: LineFor,
  { text = '', optional = false } = {},
): Step {
  return stay({ ...board, mode: { at: 'line', ask: words, optional, line: lineOf(text), for: what, back } })
}

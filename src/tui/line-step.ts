/** A line of the person's, typed and taken. Pure. */
import { completed } from '../protocol/attention.ts'
import { sent } from '../terminal/outcome.ts'
import { rejectedSaid } from '../terminal/review/decided.ts'
import { count, oneLine } from '../terminal/text.ts'
import type { Board } from './board.ts'
import { type Call, type Effect, stay, type Step } from './effect.ts'
import type { Key } from './input.ts'
import { answered, settling } from './item-step.ts'
import { typed } from './line.ts'
import type { LineMode } from './mode.ts'
import { offered } from './palette.ts'
import { decide } from './reviewing/word.ts'

export function lineKey(board: Board, mode: LineMode, key: Key, now: number): Step {
  const name = 'key' in key ? key.key : ''
  if (name === 'Escape' || name === 'Ctrl-C' || name === 'Ctrl-D') {
    const filter = mode.for.what === 'filter' ? '' : board.filter
    return stay({ ...board, filter, mode: mode.back })
  }
  if (name === 'Enter') {
    const text = mode.line.text.trim()
    return text === '' && !mode.optional ? stay(board) : withLine(taken(board, mode, text, now), mode)
  }
  const by = name === 'Down' ? 1 : name === 'Up' ? -1 : 0
  if (mode.for.what === 'palette' && by !== 0) return stay(picked(board, mode, mode.for.at + by))
  const line = typed(mode.line, key)
  if (line === null) return stay(board)
  if (mode.for.what === 'palette')
    return stay({ ...board, mode: { ...mode, line, for: { what: 'palette', at: 0 } } })
  const filter = mode.for.what === 'filter' ? line.text : board.filter
  return stay({ ...board, filter, mode: { ...mode, line } })
}

/** What is wanted by a line knows it: should it fail, the line is there again. */
function withLine({ board, effects }: Step, mode: LineMode): Step {
  if (mode.for.what === 'palette') return { board, effects }
  const known = (effect: Effect): Effect =>
    effect.do === 'call' || effect.do === 'settle' || effect.do === 'decide'
      ? { ...effect, typed: mode }
      : effect
  return { board, effects: effects.map(known) }
}

/** Does the action at this place of those that are found. */
export function offeredClick(board: Board, mode: LineMode, at: number, now: number): Step {
  const action = mode.for.what === 'palette' ? offered(mode.back, mode.line.text)[at] : undefined
  return action === undefined ? stay(board) : action.run({ ...board, mode: mode.back }, now)
}

/** Another of the actions that are found. */
function picked(board: Board, mode: LineMode, at: number): Board {
  const last = offered(mode.back, mode.line.text).length - 1
  return { ...board, mode: { ...mode, for: { what: 'palette', at: Math.max(0, Math.min(last, at)) } } }
}

function taken(board: Board, mode: LineMode, text: string, now: number): Step {
  const back: Board = { ...board, mode: mode.back }
  const what = mode.for
  switch (what.what) {
    case 'filter':
      return stay(back)
    case 'palette':
      return offeredClick(board, mode, what.at, now)
    case 'reply':
      return stay(back, {
        do: 'call',
        call: { call: 'send', input: { repo: null, name: what.session, text }, said: sent },
      })
    case 'rename':
      return stay(back, {
        do: 'call',
        call: {
          call: 'rename',
          input: { repo: null, name: what.session, to: text },
          said: (s) => `now called ${oneLine(s.name)}; still on branch ${oneLine(s.branch)}`,
        },
      })
    case 'note':
      return stay(back, {
        do: 'call',
        call: {
          call: 'note',
          input: { repo: null, name: what.session, note: text },
          said: (s) =>
            text === '' ? `note of ${oneLine(s.name)} taken away` : `noted on ${oneLine(s.name)}`,
        },
      })
    case 'need':
      return settling(back, what.item, what.action.label, completed(what.call, what.need, text))
    case 'comment':
      return stay(back, {
        do: 'call',
        call: {
          call: 'comment',
          input: { repo: null, name: what.session, ...what.place, commit: what.commit, text },
          said: ({ id }) => `${id} is kept; h hands it over with all others`,
        },
      })
    case 'reword': {
      const input = { repo: null, name: what.session, comment: what.comment, text }
      return stay(back, {
        do: 'call',
        call: { call: 'commentReword', input, said: ({ id }) => `${id} is changed` },
      })
    }
    case 'hand-back':
    case 'reject':
      return mode.back.at === 'review' ? decide(back, mode.back, wordOn(what, text)) : stay(back)
    case 'words':
      return answered(board, what.choosing, [text])
  }
}

/** The comments that were not handed over go with it. */
function wordOn(
  { what, session }: Extract<LineMode['for'], { what: 'hand-back' | 'reject' }>,
  text: string,
): Call {
  const ref = { repo: null, name: session }
  const comments = (sent: readonly unknown[]): string =>
    sent.length === 0 ? '' : ` with ${count(sent.length, 'comment')}`
  if (what === 'reject')
    return {
      call: 'reject',
      input: { ...ref, reason: text },
      said: rejectedSaid,
    }
  return {
    call: 'reviewSend',
    input: { ...ref, note: text },
    said: ({ session: s, sent, waits }) =>
      `${oneLine(s.name)} is handed back${comments(sent)}${waits ? '; it gets them when it is idle' : ''}`,
  }
}

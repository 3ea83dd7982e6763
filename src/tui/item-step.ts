/** Settling what waits, one item after the other, with the keys that `worktrain next` has. Pure. */
import type { AttentionAction, AttentionItem } from '../protocol/api.ts'
import { completed } from '../protocol/attention.ts'
import type { Details } from '../terminal/item.ts'
import { gone } from '../terminal/outcome.ts'
import { oneLine } from '../terminal/text.ts'
import { type Board, nextItem } from './board.ts'
import { say, stay, type Step } from './effect.ts'
import { NO_LINE } from './line.ts'
import type { ChooseMode, ItemMode } from './mode.ts'
import { toReview } from './reviewing/begin.ts'

/** Typed right after the page changed by itself, a key was meant for the page before, ms. */
const MEANT_FOR_BEFORE_MS = 400

/** @param surprised the person did not ask for it: it came by itself */
export function toItem(
  board: Board,
  item: AttentionItem,
  skipped: ReadonlySet<string>,
  now: number,
  surprised = false,
): Step {
  const { items, places } = board.attention
  const mode: ItemMode = {
    at: 'item',
    item,
    place: places[items.findIndex(({ id }) => id === item.id)] ?? '',
    details: null,
    top: 0,
    deafUntil: surprised ? now + MEANT_FOR_BEFORE_MS : now,
    skipped,
    busy: false,
  }
  return stay({ ...board, selected: item.session?.id ?? item.id, mode }, { do: 'details', item })
}

export function toNext(board: Board, now: number): Step {
  if (board.sessions === null) return stay({ ...board, wantsNext: true })
  return onward({ ...board, said: null }, new Set(), now, false)
}

/** The item that matters most of those that were not skipped; the list when there is none. */
export function onward(board: Board, skipped: ReadonlySet<string>, now: number, surprised: boolean): Step {
  const next = nextItem(board, skipped)
  if (next !== null) return toItem(board, next.item, skipped, now, surprised)
  const list: Board = { ...board, mode: { at: 'list' } }
  if (board.said !== null) return stay(list)
  return stay(say(list, skipped.size > 0 ? 'nothing else waited for you' : 'nothing waited for you'))
}

export function itemKey(board: Board, mode: ItemMode, key: string, now: number): Step {
  if (mode.busy || now < mode.deafUntil) return stay(board)
  if (key === 'q' || key === 'Escape') return stay({ ...board, mode: { at: 'list' } })
  if (key === 's')
    return onward({ ...board, said: null }, new Set([...mode.skipped, mode.item.id]), now, false)
  // What was typed before the item was on the screen was not typed at it.
  const action = mode.details === null ? undefined : actionFor(mode.item, key)
  return action === undefined ? stay(board) : chosen({ ...board, said: null }, mode, action, key)
}

/** A number answers the first of several questions at once. */
function actionFor({ actions }: AttentionItem, key: string): AttentionAction | undefined {
  const choices = /^[1-9]$/.test(key) ? actions.find(({ needs }) => needs?.what === 'choices') : undefined
  return actions.find((action) => action.key === key) ?? choices
}

function chosen(board: Board, mode: ItemMode, action: AttentionAction, key: string): Step {
  const { does, needs, label } = action
  if ('show' in does) {
    if (does.show === 'terminal' && does.session !== null)
      return stay(board, { do: 'attach', session: does.session })
    if (does.show === 'review' && mode.item.session !== null) return toReview(board, mode.item.session, mode)
    const title = oneLine(label)
    return stay(
      { ...board, mode: { at: 'page', title, content: null, top: 0, back: mode } },
      { do: 'look', look: does, title },
    )
  }
  if (needs === null) return settling(board, mode, label, does)
  const question = mode.details?.session?.question
  if (needs.what === 'choices' && question) {
    const choosing: ChooseMode = {
      at: 'choose',
      action,
      question,
      chosen: [],
      picked: [],
      top: 0,
      back: mode,
    }
    return key === action.key ? stay({ ...board, mode: choosing }) : chooseKey(board, choosing, key)
  }
  const what = { what: 'need', action, call: does, need: needs, item: mode } as const
  return stay({
    ...board,
    mode: { at: 'line', ask: needs.ask, optional: needs.optional, line: NO_LINE, for: what, back: mode },
  })
}

export function settling(
  board: Board,
  mode: ItemMode,
  label: string,
  call: Parameters<typeof completed>[0],
): Step {
  return stay({ ...board, mode: { ...mode, busy: true } }, { do: 'settle', item: mode.item, label, call })
}

/** One of the agent's questions: a number takes an option, or turns it on and off where several may be taken. */
export function chooseKey(board: Board, mode: ChooseMode, key: string): Step {
  const asked = mode.question.questions[mode.chosen.length]
  if (asked === undefined || key === 'q' || key === 'Escape') return stay({ ...board, mode: mode.back })
  if (key === 'w') {
    const what = { what: 'words', choosing: mode } as const
    const ask = 'in your own words'
    return stay({
      ...board,
      mode: { at: 'line', ask, optional: false, line: NO_LINE, for: what, back: mode },
    })
  }
  if (key === 'Enter' && mode.picked.length > 0) return answered(board, mode, mode.picked)
  const label = asked.options[Number(key) - 1]?.label
  if (label === undefined) return stay(board)
  if (!asked.multiple) return answered(board, mode, [label])
  const picked = mode.picked.includes(label)
    ? mode.picked.filter((other) => other !== label)
    : [...mode.picked, label]
  return stay({ ...board, mode: { ...mode, picked } })
}

/** To the next question, or settled with all answers. */
export function answered(board: Board, mode: ChooseMode, labels: readonly string[]): Step {
  const { action, question, back } = mode
  const all = [...mode.chosen, labels]
  if (all.length < question.questions.length)
    return stay({ ...board, mode: { ...mode, chosen: all, picked: [], top: 0 } })
  if ('show' in action.does || action.needs === null) return stay({ ...board, mode: back })
  const call = completed(
    action.does,
    action.needs,
    all.map((each) => [...each]),
  )
  return settling(board, back, action.label, call)
}

/** Fresh facts may say that the item on the screen waits no more. */
export function itemStill(board: Board, mode: ItemMode, now: number): Step {
  if (mode.busy) return stay(board)
  const at = board.attention.items.findIndex(({ id }) => id === mode.item.id)
  const item = board.attention.items[at]
  if (item === undefined)
    return onward(say(board, gone(mode.item, board.attention.items)), mode.skipped, now, true)
  return stay({ ...board, mode: { ...mode, item, place: board.attention.places[at] ?? '' } })
}

export function withDetails(board: Board, id: string, details: Details): Board {
  const { mode } = board
  return mode.at === 'item' && mode.item.id === id ? { ...board, mode: { ...mode, details } } : board
}

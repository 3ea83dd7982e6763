/** What a person asks of the train, from the words they typed. Pure. */
import { WorktrainError } from '../../protocol/errors.ts'

export interface TrainOptions {
  watch?: boolean
  follow?: boolean
  resolveWith?: string
}

export type Steering =
  | { action: 'eject' | 'release'; change: string }
  | { action: 'retry'; change: string; resolveWith: string | null }
  | { action: 'hold'; change: string; why: string | null }
  | { action: 'priority'; change: string; priority: number | 'first' }

export type Asked =
  | { action: 'show' | 'watch' | 'resume' }
  | { action: 'pause'; why: string | null }
  | { action: 'log'; change: string | null; follow: boolean }
  | Steering

/** As the API takes it. */
const PRIORITY_LIMIT = 1000

/** Each action with how it is called. */
export const ACTIONS = {
  pause: 'pause [REASON]',
  resume: 'resume',
  eject: 'eject NAME',
  retry: 'retry NAME [--resolve-with AGENT]',
  hold: 'hold NAME [REASON]',
  release: 'release NAME',
  priority: 'priority NAME N, or: priority NAME first',
  log: 'log [NAME] [--follow]',
} as const
type Action = keyof typeof ACTIONS

/** Options that only one action takes. */
const OWN = { watch: 'show', follow: 'log', resolveWith: 'retry' } as const
const FLAGS = { watch: '--watch', follow: '--follow', resolveWith: '--resolve-with' } as const

/** @throws USAGE with how the action is called */
export function asked(action: string | undefined, words: readonly string[], options: TrainOptions): Asked {
  for (const option of ['watch', 'follow', 'resolveWith'] as const) {
    if (options[option] !== undefined && OWN[option] !== (action ?? 'show'))
      throw new WorktrainError(
        'USAGE',
        `${FLAGS[option]} does not go with ${action === undefined ? 'showing the train' : `\`${action}\``}.`,
        {
          hint:
            option === 'watch'
              ? 'worktrain train --watch'
              : `worktrain train ${ACTIONS[OWN[option] as Action]}`,
        },
      )
  }
  if (action === undefined) return { action: options.watch === true ? 'watch' : 'show' }
  const known = action as Action
  const [first, ...rest] = words
  const text = (all: readonly string[]): string | null => (all.length === 0 ? null : all.join(' '))
  const change = (most: number): string => {
    if (first === undefined) throw wrong(known, 'it needs the name of a change')
    if (rest.length > most) throw wrong(known, `it does not take "${rest[most]}"`)
    return first
  }
  switch (known) {
    case 'pause':
      return { action: known, why: text(words) }
    case 'resume':
      if (first !== undefined) throw wrong(known, 'it takes no name: it is the whole train that goes on')
      return { action: known }
    case 'eject':
    case 'release':
      return { action: known, change: change(0) }
    case 'retry':
      return { action: known, change: change(0), resolveWith: options.resolveWith ?? null }
    case 'hold':
      return { action: known, change: change(Infinity), why: text(rest) }
    case 'log':
      if (rest.length > 0) throw wrong(known, `it does not take "${rest[0]}"`)
      return { action: known, change: first ?? null, follow: options.follow === true }
    case 'priority':
      return { action: known, change: change(1), priority: priorityOf(rest[0]) }
  }
}

/** @throws USAGE */
export function priorityOf(text: string | undefined): number | 'first' {
  if (text === 'first') return text
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isSafeInteger(value) || Math.abs(value) > PRIORITY_LIMIT)
    throw new WorktrainError(
      'USAGE',
      `A priority is a whole number from -${PRIORITY_LIMIT} to ${PRIORITY_LIMIT}, or \`first\`${text === undefined ? '' : `, not "${text}"`}.`,
      { hint: 'Higher goes first; 0 is what a change has when nothing is said.' },
    )
  return value
}

/** One above the highest of the others that are on the train. */
export function firstOf(priorities: readonly number[]): number {
  return Math.min(PRIORITY_LIMIT, Math.max(0, ...priorities) + 1)
}

function wrong(action: Action, why: string): WorktrainError {
  return new WorktrainError('USAGE', `\`train ${action}\` was not understood: ${why}.`, {
    hint: `worktrain train ${ACTIONS[action]}`,
  })
}

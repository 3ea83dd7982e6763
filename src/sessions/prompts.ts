/** Prompts on their way: waiting, given, taken up. The folds of these events. Pure. */
import type { Folds } from './folds.ts'
import { GIVEN_KEPT, type SessionState } from './state.ts'

export const OF_PROMPTS = {
  'prompt.queued': (s, d) => ({
    queue: [...s.queue, { prompt: d.prompt, text: d.text, from: d.from }],
    // Said once more.
    given: s.given.filter(({ text }) => text !== d.text),
    ...(d.from === 'person' ? { messages: [] } : {}),
  }),
  'prompt.sent': (s, d, at) => ({
    queue: s.queue.filter((x) => x.prompt !== d.prompt),
    // Its brief is given again by itself when the process begins again.
    ...(d.prompt === null ? {} : { given: added(s.given, { prompt: d.prompt, text: d.text, at }) }),
    wanted: [],
    ...hasMoreToDo(s),
  }),
  'prompt.seen': (s, d) => {
    const taken = s.given.findIndex(({ text }) => isTakenUp(text, d.text))
    if (taken !== -1) return { given: s.given.filter((_, i) => i !== taken) }
    if (d.itself) return {}
    // Said in its own terminal: what waits for an answer has one.
    return { messages: [], wanted: s.wanted.filter(({ settled }) => !settled), ...hasMoreToDo(s) }
  },
} satisfies Folds

function added(given: SessionState['given'], one: SessionState['given'][number]): SessionState['given'] {
  return [...given.filter(({ prompt }) => prompt !== one.prompt), one].slice(-GIVEN_KEPT)
}

function hasMoreToDo(s: SessionState): Partial<SessionState> {
  return {
    stageAsks: false,
    ...(s.stage === 'handed-off' || s.stage === 'landed'
      ? { stage: 'active', stageWhy: 'it was given more to do' }
      : {}),
  }
}

/** Letters and digits of a prompt that are compared: of what an agent takes up, only so much is kept. */
const COMPARED = 1000

/** How the contract begins that follows the goal in a first prompt. */
export const CONTRACT = 'You work in your own workspace on branch'

/**
 * Is `seen` what became of `given`? On the way an agent's terminal takes white space and marks away, and puts words
 * before it: those that keep it from being a command, or what a person had begun to type.
 */
export function isTakenUp(given: string, seen: string): boolean {
  return lettersOf(seen).includes(comparedOf(given))
}

/** What of a given prompt is looked for in one that is seen. */
export function comparedOf(given: string): string {
  return lettersOf(given).slice(0, COMPARED)
}

export function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '')
}

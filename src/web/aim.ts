/** Whether a key is meant for what it would settle: what comes by itself in the place of something else is not. Pure. */

/** What the keys that settle something mean. */
export interface Aim {
  /** What would be settled, by its id. */
  of: string
  /** Since when keys mean it no more; null: they do. All in ms. */
  until: number | null
  /** The person has pressed one of these keys at it. */
  used: boolean
  /** Keys before then were meant for what was there before. */
  deafUntil: number
}

/** Pressed right after the page changed by itself, a key was meant for the page before, ms. */
const MEANT_FOR_BEFORE_MS = 400
/** Whatever changes within this time after a key or a click was changed by it, ms. */
const BY_THE_PERSON_MS = 100
/** A text that was begun is gone on with within this time, ms. */
const THINKING_MS = 10_000
/** Whose keys do nothing any more has noticed it after a pause of this length, ms. */
const PAUSE_MS = 1000

/**
 * Keys mean `of` from now on.
 * @param acted when the person last pressed something
 */
export function aimedAt(before: Aim | null, of: string, acted: number, now: number): Aim {
  const until = before?.until ?? now
  const replaced = before !== null && before.of !== of && !before.used && now - until < MEANT_FOR_BEFORE_MS
  const byItself = replaced && now - acted > BY_THE_PERSON_MS
  return { of, until: null, used: false, deafUntil: byItself ? now + MEANT_FOR_BEFORE_MS : 0 }
}

/** A text that the person types. */
export interface Typing {
  field: { isConnected: boolean }
  /** When its last key came, ms. */
  at: number
  /** Keys have come after its field had gone. */
  inVain: boolean
}

/** Whether a key goes on with a text whose field is not there any more. */
export function stillTyping({ field, at, inVain }: Typing, now: number): boolean {
  return !field.isConnected && now - at < (inVain ? PAUSE_MS : THINKING_MS)
}

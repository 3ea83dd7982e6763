/** For clients that stay: they outlive the supervisor, and go on when it is back. */
import { pause } from './pause.ts'
import { WorktrainError } from '../protocol/errors.ts'
import type { Recorded } from '../protocol/events.ts'
import type { Client } from './api.ts'
import type { OnLink } from './events.ts'

/** Between two tries, ms. */
const AGAIN_MS = 1000

/**
 * Tries again while the supervisor is away; null when it was left meanwhile.
 * @param onLink told of each try whether it was there
 */
export async function steadily<T>(
  signal: AbortSignal,
  ask: () => Promise<T>,
  onLink?: OnLink,
): Promise<T | null> {
  while (!signal.aborted) {
    try {
      const answer = await ask()
      onLink?.(true, 0)
      return answer
    } catch (error) {
      if (!isAway(error)) throw error
      onLink?.(false, 0)
      await pause(AGAIN_MS, signal)
    }
  }
  return null
}

/**
 * Events for as long as it takes, also when the supervisor is away at the very beginning.
 * @param onLink told at the beginning whether the connection stands, and of each change
 */
export async function* eventsAfter(
  client: Client,
  first: number,
  signal: AbortSignal,
  onLink?: OnLink,
): AsyncGenerator<Recorded> {
  let after = first
  let known: boolean | null = null
  const link: OnLink = (live, silentMs) => {
    if (live !== known) onLink?.(live, silentMs)
    known = live
  }
  while (!signal.aborted) {
    try {
      for await (const event of client.events({ after, signal, patienceMs: Infinity, onLink: link })) {
        after = event.seq
        yield event
      }
    } catch (error) {
      if (!isAway(error)) throw error
      link(false, 0)
      await pause(AGAIN_MS, signal)
    }
  }
}

/** Nobody answers: it may come back. */
export function isAway(error: unknown): error is WorktrainError {
  return error instanceof WorktrainError && error.code === 'SUPERVISOR_UNREACHABLE'
}

/** Learns from the event stream that the list of what waits has changed. */
import { pause } from '../../client/pause.ts'
import type { Client } from '../../client/api.ts'
import type { AttentionView } from '../../protocol/api.ts'
import { eventsAfter, steadily } from '../../client/steady.ts'

/** Events come in bursts: one look answers all of a burst, ms. */
const BURST_MS = 50
/** States also grow old, of which no event tells, ms. */
const LOOK_EVERY_MS = 30_000

/**
 * Asks again after every burst of events, until `signal` fires.
 * @param after events up to this one are known
 * @param look told of each answer, and when it was asked for (`performance.now()`)
 */
export async function followAttention(
  client: Client,
  repo: string | null,
  after: number,
  signal: AbortSignal,
  look: (view: AttentionView, askedAt: number) => void,
): Promise<void> {
  let asking: Promise<void> | undefined
  let again = false
  const ask = async (): Promise<void> => {
    do {
      again = false
      await pause(BURST_MS, signal)
      const askedAt = performance.now()
      const view = await steadily(signal, () => client.call('attention', { repo }))
      if (view !== null && !signal.aborted) look(view, askedAt)
    } while (again && !signal.aborted)
  }
  const news = (): void => {
    again = true
    asking ??= ask().finally(() => {
      asking = undefined
    })
  }
  const clock = setInterval(news, LOOK_EVERY_MS)
  try {
    for await (const _event of eventsAfter(client, after, signal)) news()
  } finally {
    clearInterval(clock)
    await asking
  }
}

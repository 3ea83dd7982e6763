/** The journal as a stream of lines, without gap or duplicate. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Journal } from '../journal/journal.ts'

/** What the stream needs of the journal. */
export type EventSource = Pick<Journal, 'read' | 'subscribe'>

export interface StreamLimits {
  /** A heartbeat is sent at least this often, ms. */
  heartbeatMs?: number
  /** A reader that takes nothing for this long is dropped, ms. */
  stallMs?: number
}

/** Events read from the journal at a time: what a slow reader costs in memory, at most. */
const PAGE = 200

/**
 * Writes the events after `after`, and each new one, until the reader leaves or `signal` aborts.
 *
 * A commit only wakes the stream: what is sent always comes from the journal, so that a reader of any
 * speed sees each event once, in order, and costs one page. One that takes nothing at all is dropped;
 * it comes back with the seq it has.
 *
 * @param session only events of the aggregate with this id
 */
export async function streamEvents(
  response: ServerResponse,
  journal: EventSource,
  options: { after: number; session?: string; now: () => number; signal: AbortSignal } & StreamLimits,
): Promise<void> {
  const { session, now, heartbeatMs = 10_000, stallMs = 30_000 } = options
  const gone = new AbortController()
  const leave = () => gone.abort()
  response.once('close', leave)
  options.signal.addEventListener('abort', leave, { once: true })
  if (options.signal.aborted) leave()

  let news = true
  let wake = () => {}
  const unsubscribe = journal.subscribe(() => {
    news = true
    wake()
  })

  const send = async (text: string) => {
    if (response.write(text)) return
    const drained = await within(stallMs, gone.signal, (signal) => once(response, 'drain', { signal }))
    if (!drained && !gone.signal.aborted) {
      response.destroy()
      leave()
    }
  }

  try {
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
    response.flushHeaders()
    let { after } = options
    while (!gone.signal.aborted) {
      while (news && !gone.signal.aborted) {
        news = false
        const page = await journal.read({
          after,
          limit: PAGE,
          ...(session === undefined ? {} : { id: session }),
        })
        if (page.length === 0) continue
        news = true
        after = page.at(-1)?.seq ?? after
        await send(page.map((event) => `${JSON.stringify(event)}\n`).join(''))
      }
      if (gone.signal.aborted) break
      await send(`{"heartbeat":${now()}}\n`)
      if (news) continue
      await within(
        heartbeatMs,
        gone.signal,
        (signal) =>
          new Promise<void>((resolve) => {
            wake = resolve
            signal.addEventListener('abort', () => resolve(), { once: true })
          }),
      )
    }
  } finally {
    unsubscribe()
    options.signal.removeEventListener('abort', leave)
  }
  response.end()
}

/** Waits for `wait` for at most `ms`, or until `signal` aborts. @returns false when it did not come */
async function within(
  ms: number,
  signal: AbortSignal,
  wait: (signal: AbortSignal) => Promise<unknown>,
): Promise<boolean> {
  const limit = new AbortController()
  const abort = () => limit.abort()
  const timer = setTimeout(abort, ms)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await wait(limit.signal)
    return true
  } catch (error) {
    if (limit.signal.aborted) return false
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** The journal as a stream of lines, without gap or duplicate. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Journal } from '../journal/journal.ts'
import { HEARTBEAT_MS } from '../protocol/heartbeat.ts'

/** What the stream needs of the journal. */
export type EventSource = Pick<Journal, 'read' | 'subscribe'>

export interface StreamLimits {
  /** A heartbeat is sent at least this often, ms. */
  heartbeatMs?: number
  /** A reader that takes nothing for this long is dropped, ms. */
  stallMs?: number
}

export interface Following {
  /** Events with seq > after. */
  after: number
  /** Only events of the aggregate with this id. */
  session?: string
  now: () => number
  /** Ends it. */
  gone: AbortSignal
  heartbeatMs?: number
}

/** Events read from the journal at a time: what a slow reader costs in memory, at most. */
const PAGE = 200
/** A reader that takes nothing at all for this long is dropped, ms; it comes back with the seq it has. */
export const STALL_MS = 30_000

/**
 * Sends the events after `after`, and each new one, until `gone` aborts.
 *
 * A commit only wakes the stream: what is sent always comes from the journal, so that a reader of any
 * speed sees each event once, in order, and costs one page.
 *
 * @param send takes whole lines; resolves when it can take more
 */
export async function followJournal(
  journal: EventSource,
  options: Following,
  send: (lines: string) => Promise<void>,
): Promise<void> {
  const { session, now, gone, heartbeatMs = HEARTBEAT_MS } = options
  let news = true
  let saidAt = -Infinity
  let wake = () => {}
  const unsubscribe = journal.subscribe(() => {
    news = true
    wake()
  })
  const say = async (lines: string): Promise<void> => {
    await send(lines)
    saidAt = performance.now()
  }
  try {
    let { after } = options
    while (!gone.aborted) {
      while (news && !gone.aborted) {
        news = false
        const page = await journal.read({
          after,
          limit: PAGE,
          ...(session === undefined ? {} : { id: session }),
        })
        if (page.length === 0) continue
        news ||= page.length === PAGE
        after = page.at(-1)?.seq ?? after
        await say(page.map((event) => `${JSON.stringify(event)}\n`).join(''))
      }
      if (gone.aborted) break
      if (performance.now() - saidAt >= heartbeatMs) await say(`{"heartbeat":${now()}}\n`)
      if (news) continue
      await within(
        Math.max(0, saidAt + heartbeatMs - performance.now()),
        gone,
        (signal) =>
          new Promise<void>((resolve) => {
            wake = resolve
            signal.addEventListener('abort', () => resolve(), { once: true })
          }),
      )
    }
  } finally {
    unsubscribe()
  }
}

/** Answers an HTTP request with {@link followJournal}, until the reader leaves or `signal` aborts. */
export async function streamEvents(
  response: ServerResponse,
  journal: EventSource,
  options: Omit<Following, 'gone'> & { signal: AbortSignal } & StreamLimits,
): Promise<void> {
  const { stallMs = STALL_MS, signal, ...following } = options
  const gone = new AbortController()
  const leave = () => gone.abort()
  response.once('close', leave)
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()

  const send = async (text: string) => {
    if (response.write(text)) return
    const drained = await within(stallMs, gone.signal, (limit) => once(response, 'drain', { signal: limit }))
    if (!drained && !gone.signal.aborted) {
      response.destroy()
      leave()
    }
  }

  try {
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
    response.flushHeaders()
    await followJournal(journal, { ...following, gone: gone.signal }, send)
  } finally {
    signal.removeEventListener('abort', leave)
  }
  response.end()
}

/** Waits for `wait` for at most `ms`, or until `signal` aborts. @returns false when it did not come */
export async function within(
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

/** Follows the event stream over restarts of the supervisor. */
import type { IncomingMessage } from 'node:http'
import { pause } from './pause.ts'
import { WorktrainError } from '../protocol/errors.ts'
import type { Recorded } from '../protocol/events.ts'
import { SILENCE_MS } from '../protocol/heartbeat.ts'

export interface EventsOptions {
  /** Events with seq > after. Default 0: all. */
  after?: number
  /** Only those of the session with this id. */
  session?: string
  /** Ends the iteration. */
  signal?: AbortSignal
  /** How long a supervisor that went away may stay away, ms. Default 30 s. */
  patienceMs?: number
  /** Told whenever the connection stands, and whenever it broke. */
  onLink?: OnLink
}

/** @param silentMs for so long nothing had come before it was taken for broken; 0 where it was closed */
export type OnLink = (live: boolean, silentMs: number) => void

/** Opens the stream of events with seq > after. */
export type Connect = (
  after: number,
  session: string | undefined,
  signal: AbortSignal,
) => Promise<IncomingMessage>

const RETRY_MS = 100

export async function* followEvents(connect: Connect, options: EventsOptions): AsyncGenerator<Recorded> {
  const { session, patienceMs = 30_000 } = options
  let after = options.after ?? 0
  let lost: { since: number; error: WorktrainError } | null = null
  let connected = false
  let live = false
  const link = (now: boolean, silentMs: number): void => {
    if (live !== now) options.onLink?.(now, silentMs)
    live = now
  }
  while (!options.signal?.aborted) {
    const connection = new AbortController()
    const abort = () => connection.abort()
    options.signal?.addEventListener('abort', abort, { once: true })
    try {
      const response = await connect(after, session, connection.signal)
      connected = true
      link(true, 0)
      for await (const line of linesOf(response, abort)) {
        lost = null
        const message = JSON.parse(line) as Recorded | { heartbeat: number }
        if ('heartbeat' in message) continue
        after = message.seq
        yield message
      }
      link(false, 0)
      lost ??= { since: performance.now(), error: asUnreachable(null) }
    } catch (error) {
      if (options.signal?.aborted) return
      if (!connected || !isBroken(error, connection.signal)) throw error
      link(false, connection.signal.aborted ? SILENCE_MS : 0)
      lost ??= { since: performance.now(), error: asUnreachable(error) }
      if (performance.now() - lost.since > patienceMs) throw lost.error
    } finally {
      options.signal?.removeEventListener('abort', abort)
      connection.abort()
    }
    await pause(RETRY_MS, options.signal)
  }
}

/** Whole lines only: one that the connection broke off is not one. `onSilence` when nothing came for too long. */
async function* linesOf(response: IncomingMessage, onSilence: () => void): AsyncGenerator<string> {
  let timer = setTimeout(onSilence, SILENCE_MS)
  let rest = ''
  try {
    response.setEncoding('utf8')
    for await (const chunk of response) {
      clearTimeout(timer)
      const lines = (rest + (chunk as string)).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
      // Only now: the time the consumer takes is not the supervisor's silence.
      timer = setTimeout(onSilence, SILENCE_MS)
    }
  } finally {
    clearTimeout(timer)
  }
}

function isBroken(error: unknown, connection: AbortSignal): boolean {
  if (error instanceof WorktrainError) return error.code === 'SUPERVISOR_UNREACHABLE'
  return connection.aborted || (error as NodeJS.ErrnoException).code === 'ECONNRESET'
}

function asUnreachable(error: unknown): WorktrainError {
  if (error instanceof WorktrainError) return error
  return new WorktrainError(
    'SUPERVISOR_UNREACHABLE',
    'The event stream broke off and the supervisor did not come back.',
    {
      cause: error,
    },
  )
}

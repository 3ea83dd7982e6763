/**
 * The typed client. At run time it needs `node:http` and the error table only: schemas are types here,
 * because loading them would cost every command its first 75 ms.
 */
import type { IncomingMessage, RequestOptions } from 'node:http'
import { dirname } from 'node:path'
import { requireOwn } from '../platform/files.ts'
import type { EVENTS_PATH, Input, Outputs, Procedure } from '../protocol/api.ts'
import { WorktrainError, fromErrorBody } from '../protocol/errors.ts'
import type { ErrorBody } from '../protocol/errors.ts'
import type { Recorded } from '../protocol/events.ts'
import { followEvents } from './events.ts'
import type { EventsOptions } from './events.ts'

export type { EventsOptions } from './events.ts'

export interface ClientOptions {
  socketPath: string
  /** Whose word this is, read anew for each request: `tokenOf`. */
  token: () => string | null
  /** Which program asks, for the journal: `cli`, `tui`… */
  via?: string
}

export interface Client {
  /**
   * @throws the supervisor's error; ACCESS_DENIED when the socket's directory is another user's;
   *   SUPERVISOR_UNREACHABLE when nobody answers, or the answer broke off: then `details.sent` says that the call
   *   may have been carried out
   */
  call<P extends Procedure>(name: P, input: Input<P>, options?: { signal?: AbortSignal }): Promise<Outputs[P]>
  /**
   * Events as they happen. Reconnects after the supervisor was restarted, without gap or duplicate.
   * @throws SUPERVISOR_UNREACHABLE when nobody answers at first, or not again within `patienceMs`
   */
  events(options?: EventsOptions): AsyncIterable<Recorded>
}

// Importing it by name would load the whole of undici for exports nobody uses here: 30 ms of every command.
const { request } = process.getBuiltinModule('node:http')

const EVENTS: typeof EVENTS_PATH = '/events'
/** Status of an answer to whoever gave no token that is known. */
const REFUSED = 401

export function createClient({ socketPath, token, via = 'api' }: ClientOptions): Client {
  /**
   * Asks with the token as it is. One that has changed by the time that it is refused was read before the supervisor, at
   * its first start, made it: nothing was carried out, and it is asked again.
   */
  async function ask(options: RequestOptions, body?: string): Promise<IncomingMessage> {
    for (let given = token(); ;) {
      const headers = {
        ...{ host: 'worktrain', 'x-worktrain-via': via, authorization: `Bearer ${given ?? ''}` },
        ...options.headers,
      }
      const response = await send({ ...options, socketPath, headers }, body)
      const known = response.statusCode === REFUSED ? token() : given
      if (known === given) return response
      response.resume()
      given = known
    }
  }

  async function call<P extends Procedure>(
    name: P,
    input: Input<P>,
    options: { signal?: AbortSignal } = {},
  ): Promise<Outputs[P]> {
    const body = JSON.stringify(input)
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const response = await ask({ method: 'POST', path: `/api/${name}`, headers, ...options }, body)
    const answer = await answerOf<Outputs[P]>(response)
    if (!answer.ok) throw fromErrorBody(answer.error)
    return answer.result
  }

  async function connect(
    after: number,
    session: string | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const query = new URLSearchParams({ after: String(after), ...(session === undefined ? {} : { session }) })
    const response = await ask({ path: `${EVENTS}?${query}`, signal })
    if (response.statusCode === 200) return response
    const answer = await answerOf<never>(response)
    throw answer.ok
      ? new WorktrainError('INTERNAL', 'The supervisor refused the event stream without a reason.')
      : fromErrorBody(answer.error)
  }

  return { call, events: (options = {}) => followEvents(connect, options) }
}

type Answer<Result> = { ok: true; result: Result } | { ok: false; error: ErrorBody }

/** A connection for each request: one kept alive would fail at the next supervisor's door. */
function send(options: RequestOptions & { socketPath: string }, body = ''): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // The token is told to nobody who could only make a directory where ours belongs.
    requireOwn(dirname(options.socketPath))
    const outgoing = request({ ...options, agent: false }, resolve)
    outgoing.on('error', (error) => reject(options.signal?.aborted ? error : unreachable(error)))
    outgoing.end(body)
  })
}

async function answerOf<Result>(response: IncomingMessage): Promise<Answer<Result>> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer)
  } catch (error) {
    throw unreachable(error as Error)
  }
  const text = Buffer.concat(chunks).toString()
  try {
    return JSON.parse(text) as Answer<Result>
  } catch (error) {
    throw new WorktrainError(
      'INTERNAL',
      `The supervisor answered ${response.statusCode} with no JSON: ${text.slice(0, 200)}`,
      { cause: error },
    )
  }
}

/** Errors of connecting: nothing was sent. After any other the call may have been carried out. */
const NOT_SENT = ['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTSOCK']

function unreachable(error: Error): WorktrainError {
  const code = (error as NodeJS.ErrnoException).code ?? error.message
  const sent = !NOT_SENT.includes(code)
  const message = sent
    ? `The connection to the supervisor broke (${code}).`
    : `The supervisor is not running (${code}).`
  return new WorktrainError('SUPERVISOR_UNREACHABLE', message, {
    cause: error,
    details: { code, sent },
    ...(sent ? { hint: 'It may have been done all the same: look before you do it again.' } : {}),
  })
}

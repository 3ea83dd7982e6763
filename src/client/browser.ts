/**
 * The typed client in a browser: the same procedures, events and terminals, over the web board's listener. On a
 * phone events come as an answer that does not end, and there are no terminals: see `server/web/phones`.
 *
 * Before it says its token to anybody it has the listener prove that it is the one that gave it: while the
 * supervisor is away another program may have taken its port.
 */
import type { EVENTS_PATH, Input, Outputs, Procedure } from '../protocol/api.ts'
import { WorktrainError, fromErrorBody } from '../protocol/errors.ts'
import type { ErrorBody } from '../protocol/errors.ts'
import type { Recorded } from '../protocol/events.ts'
import { WEB_PATHS, WEB_SUBPROTOCOL, helloMessage } from '../protocol/web.ts'
import type { TicketFor, WebAccess } from '../protocol/web.ts'
import { readSocket, readStream } from './browser-events.ts'
import { SILENCE_MS } from '../protocol/heartbeat.ts'

/** Where the access is kept: of this origin alone. */
export interface AccessStore {
  read(): WebAccess | null
  write(access: WebAccess): void
}

/** Whether what is shown is followed. `denied`: this browser has no access, or no longer. */
export type Link = { state: 'connecting' | 'live' | 'denied' } | { state: 'lost'; since: number; why: string }

export interface BrowserClient {
  /** Exchanges a one-time code for access. @throws ACCESS_DENIED */
  login(code: string): Promise<void>
  /** @throws the supervisor's error; ACCESS_DENIED; SUPERVISOR_UNREACHABLE */
  call<P extends Procedure>(name: P, input: Input<P>): Promise<Outputs[P]>
  /**
   * Events as they happen, without gap or duplicate, over any number of broken connections, until `signal` aborts.
   * @param begin called at each (re)connection; answers the seq after which events are wanted
   */
  follow(
    begin: () => Promise<number>,
    take: (event: Recorded) => void,
    tell: (link: Link) => void,
    signal: AbortSignal,
  ): Promise<void>
  /** A connection that does what its ticket says. @throws like `call` */
  connect(what: TicketFor): Promise<WebSocket>
}

const RETRY_MS = 250
const RETRY_MAX_MS = 3000
const EVENTS: typeof EVENTS_PATH = '/events'

/** @param base address of the page */
export function createBrowserClient(base: URL, store: AccessStore): BrowserClient {
  let proof: Promise<void> | null = null

  async function post<T>(path: string, body: unknown, token: string | null): Promise<T> {
    let response: Response
    let answer: { ok: true; result: T } | { ok: false; error: ErrorBody }
    try {
      response = await fetch(new URL(path, base), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
      })
      answer = (await response.json()) as typeof answer
    } catch (cause) {
      proof = null
      throw new WorktrainError('SUPERVISOR_UNREACHABLE', 'The supervisor does not answer.', { cause })
    }
    if (answer.ok) return answer.result
    throw fromErrorBody(answer.error)
  }

  /** @throws ACCESS_DENIED without access */
  function access(): WebAccess {
    const kept = store.read()
    if (kept === null) throw new WorktrainError('ACCESS_DENIED', 'This browser has no access yet.')
    return kept
  }

  async function prove(key: string): Promise<void> {
    const challenge = base64url(crypto.getRandomValues(new Uint8Array(32)))
    const answer = await post<{ proof: string }>(WEB_PATHS.hello, { challenge }, null)
    const usage = { name: 'HMAC', hash: 'SHA-256' }
    const hmac = await crypto.subtle.importKey('raw', bytesOf(key), usage, false, ['verify'])
    const message = new TextEncoder().encode(helloMessage(Number(base.port), challenge))
    if (await crypto.subtle.verify('HMAC', hmac, bytesOf(answer.proof), message)) return
    // Which of both cannot be known: whoever is asked may be the other program.
    throw new WorktrainError(
      'SUPERVISOR_UNREACHABLE',
      'What answers here did not let this browser in: access was made anew meanwhile, or another program has ' +
        `taken this address. Run \`${commandFor(base)}\` and open the address that it prints.`,
      { hint: 'Then close this page.' },
    )
  }

  async function authorized<T>(path: string, body: unknown): Promise<T> {
    const { token, key } = access()
    proof ??= prove(key).catch((error: unknown) => {
      proof = null
      throw error
    })
    await proof
    return post<T>(path, body, token)
  }

  async function connect(what: TicketFor): Promise<WebSocket> {
    const { ticket } = await authorized<{ ticket: string }>(WEB_PATHS.ticket, what)
    const url = new URL(WEB_PATHS.socket, base)
    url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url, [WEB_SUBPROTOCOL, ticket])
    socket.binaryType = 'arraybuffer'
    return socket
  }

  /** Asks for the events after one, as an answer that does not end. */
  function streamFrom(after: number): (signal: AbortSignal) => Promise<Response> {
    return async (signal) => {
      const response = await fetch(new URL(`${EVENTS}?after=${after}`, base), {
        headers: { authorization: `Bearer ${access().token}` },
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal,
      })
      if (response.ok) return response
      throw fromErrorBody(((await response.json()) as { error: ErrorBody }).error)
    }
  }

  return {
    async login(code) {
      store.write(await post<WebAccess>(WEB_PATHS.login, { code }, null))
      proof = null
    },
    call: (name, input) => authorized(`/api/${name}`, input),
    connect,
    async follow(begin, take, tell, signal) {
      let wait = RETRY_MS
      let since = 0
      let heard = Infinity
      tell({ state: 'connecting' })
      while (!signal.aborted) {
        try {
          const after = await begin()
          const live = (): void => {
            wait = RETRY_MS
            since = 0
            heard = Date.now()
            tell({ state: 'live' })
          }
          if (base.protocol === 'https:') await readStream(streamFrom(after), take, signal, live)
          else await readSocket(await connect({ kind: 'events', after }), take, signal, live)
          throw new WorktrainError('SUPERVISOR_UNREACHABLE', 'The connection to the supervisor broke.')
        } catch (error) {
          if (signal.aborted) return
          proof = null
          if (error instanceof WorktrainError && error.code === 'ACCESS_DENIED')
            return tell({ state: 'denied' })
          // Where heartbeats were missed it is not known when it broke, but since when nothing was heard.
          const missed = Date.now() - heard > SILENCE_MS / 2
          since ||= missed ? heard : Date.now()
          tell({ state: 'lost', since, why: error instanceof Error ? error.message : String(error) })
        }
        await pause(wait, signal)
        wait = Math.min(RETRY_MAX_MS, wait * 2)
      }
    },
  }
}

/** What lets a browser in. Phones are served by TLS, and only they. @param base address of the page */
export function commandFor({ protocol }: Pick<URL, 'protocol'>): string {
  return protocol === 'https:' ? 'worktrain phone' : 'worktrain web'
}

/** Waits, but not for a page that is shown again, or a network that is back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer)
      globalThis.removeEventListener?.('online', go)
      signal.removeEventListener('abort', go)
      resolve()
    }
    const timer = setTimeout(go, ms)
    globalThis.addEventListener?.('online', go)
    signal.addEventListener('abort', go)
  })
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) =>
    character.charCodeAt(0),
  )
}

/**
 * The board for phones: TLS on one address in a network, each phone with its own token.
 *
 * No WebSockets: Safari on iOS refuses them where it knows the certificate by the person's word only (WebKit 145819).
 * Events come as an answer that does not end, and a terminal is shown as text. So there are no tickets either.
 */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import type { PhoneAccess } from '../../protocol/phone-access.ts'
import { addEvents, bearerOf, createApp } from '../app.ts'
import type { Env, Handlers, Log } from '../app.ts'
import type { EventSource } from '../stream.ts'
import { addAccess } from './access.ts'
import type { Grants } from './access.ts'
import { addFiles } from './files.ts'
import { originOf } from './guard.ts'
import { guardFor } from './guarded.ts'
import { OneTimeSecrets } from './secrets.ts'

export interface PhonesOptions {
  /** One address of this machine: neither loopback nor all of them. */
  address: string
  /** The same as the host of a URL. */
  host: string
  port: number
  /** PEM. */
  tls: { key: string; cert: string }
  /** Directory of the built board. */
  files: string
  handlers: Handlers
  grants: Grants<PhoneAccess>
  /** Key by which the listener proves itself to phones that have access, base64url. */
  key: string
  journal: EventSource
  /** Milliseconds since the epoch. */
  now: () => number
  log: Log
}

export interface PhoneListener {
  /** With a slash at its end. */
  url: string
  /** A code for one login, and until when it is good. */
  code(what: PhoneAccess): { secret: string; until: number }
  /** Takes back codes that were not used: of phones of this name, or all (null). */
  forget(name: string | null): void
  /** Open connections of an access. */
  connections(access: string): number
  /** Ends the connections of an access at once. */
  cut(access: string): void
  close(): Promise<void>
}

const CODE_LIFE_MS = 5 * 60_000
const CODES_MAX = 8
/** Of all in the network together: a phone has a handful. */
const CONNECTIONS_MAX = 64
/** For the handshake, and for the headers of a request: who is slower has no phone. */
const SLOWEST_MS = 10_000
/** For a whole request, its body included. */
const REQUEST_MS = 30_000

/** @throws the listener's error: EADDRINUSE when somebody else has the port, EADDRNOTAVAIL when the address is gone */
export async function listenForPhones(options: PhonesOptions): Promise<PhoneListener> {
  const { address, host, port, tls, handlers, grants, key, journal, now, log } = options
  const place = { scheme: 'https', host: `${host}:${port}` } as const
  const codes = new OneTimeSecrets<PhoneAccess>(now, CODE_LIFE_MS, CODES_MAX)
  const connections = new Connections(grants)
  const ends = new AbortController()
  const api = {
    ...{ guard: connections.behind(guardFor(place)), handlers, via: 'phone', log },
    ...{ journal, now, signal: ends.signal },
    authenticate(token: string) {
      // A token without a phone is of another listener: it is nobody's here.
      const access = grants.find(token)
      return access?.phone ? { session: null, phone: access.phone, access: access.id } : null
    },
  }
  const app = createApp(api)
  addEvents(app, api)
  addAccess(app, { port, key, codes, grants, hint: 'Run `worktrain phone` for another.' })
  addFiles(app, options.files)
  const server = createAdaptorServer({
    ...{ fetch: app.fetch, overrideGlobalObjects: false, createServer },
    serverOptions: {
      ...{ ...tls, minVersion: 'TLSv1.2', handshakeTimeout: SLOWEST_MS },
      ...{ headersTimeout: SLOWEST_MS, requestTimeout: REQUEST_MS },
    },
  }) as Server
  server.maxConnections = CONNECTIONS_MAX
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.listen({ port, host: address, exclusive: true })
  await once(server, 'listening')
  return {
    url: `${originOf(place)}/`,
    code: (what) => codes.make(what),
    forget: (name) => codes.forget((what) => name === null || what.name === name),
    connections: (access) => connections.of(access).size,
    cut(access) {
      for (const socket of connections.of(access)) socket.destroy()
    },
    async close() {
      const closed = once(server, 'close')
      ends.abort()
      server.close()
      // Those in the middle of a handshake too.
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

/** Which connections a phone has shown its token on. */
class Connections {
  readonly #grants: Pick<Grants<PhoneAccess>, 'find'>
  readonly #open = new Map<string, Set<Socket>>()

  constructor(grants: Pick<Grants<PhoneAccess>, 'find'>) {
    this.#grants = grants
  }

  of(access: string): ReadonlySet<Socket> {
    return this.#open.get(access) ?? new Set()
  }

  /** The guard, and behind it the note of whose connection this is. */
  behind(guard: MiddlewareHandler<Env>): MiddlewareHandler<Env> {
    return (context, next) =>
      guard(context, () => {
        const access = this.#grants.find(bearerOf(context))
        if (access?.phone) this.#note(access.id, context.env.incoming.socket)
        return next()
      })
  }

  #note(access: string, socket: Socket): void {
    const all = this.#open.get(access) ?? new Set()
    if (all.has(socket)) return
    this.#open.set(access, all.add(socket))
    socket.once('close', () => {
      all.delete(socket)
      if (all.size === 0 && this.#open.get(access) === all) this.#open.delete(access)
    })
  }
}

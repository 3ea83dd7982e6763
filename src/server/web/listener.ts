/** The web board's listener: loopback only, and nobody is heard who did not come from our own page. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { WEB_CLOSE } from '../../protocol/web.ts'
import { createApp } from '../app.ts'
import type { Handlers, Log } from '../app.ts'
import type { EventSource } from '../stream.ts'
import { addAccess, addTickets } from './access.ts'
import type { Grants, Ticket } from './access.ts'
import { addFiles } from './files.ts'
import { guardFor } from './guarded.ts'
import { OneTimeSecrets } from './secrets.ts'
import { serveSockets } from './sockets.ts'
import type { OpenTerminal } from './terminal.ts'

export interface WebOptions {
  port: number
  /** Directory of the built board. */
  files: string
  handlers: Handlers
  grants: Grants<null>
  /** Key by which the listener proves itself to browsers that have access, base64url. */
  key: string
  journal: EventSource
  openTerminal: OpenTerminal
  /** Milliseconds since the epoch. */
  now: () => number
  log: Log
}

export interface WebListener {
  port: number
  /** A code for one login, and until when it is good. */
  code(): { secret: string; until: number }
  /** Open connections of an access. */
  connections(access: string): number
  /** Cuts an access off at once: its connections, and tickets not used yet. */
  cut(access: string): void
  close(): Promise<void>
}

const CODE_LIFE_MS = 5 * 60_000
const TICKET_LIFE_MS = 60_000
const CODES_MAX = 8
const TICKETS_MAX = 256
/** One name: a page has one origin and one storage. */
const HOST = '127.0.0.1'
/** Connections of all browsers and programs here together. */
const CONNECTIONS_MAX = 512

/** @throws the listener's error: EADDRINUSE when somebody else has the port */
export async function listenForWeb(options: WebOptions): Promise<WebListener> {
  const { handlers, grants, journal, now, log, openTerminal, key } = options
  const { port } = options
  const place = { scheme: 'http', host: `${HOST}:${port}` } as const
  const codes = new OneTimeSecrets<null>(now, CODE_LIFE_MS, CODES_MAX)
  const tickets = new OneTimeSecrets<Ticket>(now, TICKET_LIFE_MS, TICKETS_MAX)
  const app = createApp({
    guard: guardFor(place),
    handlers,
    authenticate(token) {
      const access = grants.find(token)
      return access && { session: null, access: access.id }
    },
    via: 'web',
    log,
  })
  addAccess(app, { port, key, codes, grants, hint: 'Run `worktrain web` for another.' })
  addTickets(app, { tickets, grants })
  addFiles(app, options.files)
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
  server.maxConnections = CONNECTIONS_MAX
  const sockets = serveSockets(server, { place, tickets, journal, now, openTerminal, log })
  server.listen({ port, host: HOST, exclusive: true })
  await once(server, 'listening')
  return {
    port,
    code: () => codes.make(null),
    connections: (access) => sockets.count(access),
    cut(access) {
      tickets.forget((ticket) => ticket.access === access)
      sockets.cut(access, WEB_CLOSE.revoked, 'access was revoked')
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      sockets.cut(null, WEB_CLOSE.again, 'the web board is no longer served')
      server.closeIdleConnections()
      // Whoever is still being answered has had its second.
      setTimeout(() => server.closeAllConnections(), 1000).unref()
      await closed
    },
  }
}

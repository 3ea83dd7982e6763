/** The listener's WebSockets: guarded, each opened by a ticket and good for what the ticket says. */
import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { WEB_CLOSE, WEB_PATHS, WEB_SUBPROTOCOL } from '../../protocol/web.ts'
import type { Log } from '../app.ts'
import type { EventSource } from '../stream.ts'
import type { Ticket } from './access.ts'
import { sendEvents } from './events.ts'
import { type Place, refusalOf } from './guard.ts'
import type { OneTimeSecrets } from './secrets.ts'
import { INPUT_MAX, bridgeTerminal } from './terminal.ts'
import type { OpenTerminal } from './terminal.ts'

/** Connections of one browser at a time: a window has a handful. */
const SOCKETS_MAX = 64

export interface Sockets {
  /** How many of an access are open. */
  count(access: string): number
  /** Cuts those of one access, or all. */
  cut(access: string | null, code: number, why: string): void
}

export function serveSockets(
  server: Server,
  options: {
    place: Place
    tickets: OneTimeSecrets<Ticket>
    journal: EventSource
    now: () => number
    openTerminal: OpenTerminal
    log: Log
  },
): Sockets {
  const { place, tickets, journal, now, openTerminal, log } = options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: INPUT_MAX + 16,
    perMessageDeflate: false,
    clientTracking: false,
    // The ticket is not sent back.
    handleProtocols: () => WEB_SUBPROTOCOL,
  })
  const open = new Map<string, Set<WebSocket>>()
  const ofAccess = (access: string): Set<WebSocket> => open.get(access) ?? new Set()

  const serve = (socket: WebSocket, { access, what }: Ticket): void => {
    open.set(access, ofAccess(access).add(socket))
    socket.on('close', () => {
      ofAccess(access).delete(socket)
      if (ofAccess(access).size === 0) open.delete(access)
    })
    // A frame that is too large, or none: the library closes that connection, and no other is concerned.
    socket.on('error', () => socket.terminate())
    const { kind } = what
    const work =
      kind === 'events'
        ? sendEvents(socket, journal, { after: what.after, now })
        : bridgeTerminal(socket, (events) => openTerminal(what, what, events))
    work.catch((error: unknown) => {
      log.error('a connection of the web board broke', { kind, error })
      socket.close(WEB_CLOSE.again, 'come back')
    })
  }

  server.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    connection.on('error', () => connection.destroy())
    const refused = refusalOf(request, place)
    if (refused) return answer(connection, refused.status)
    if (request.url !== WEB_PATHS.socket) return answer(connection, 404)
    const [name, secret = '', ...more] = (request.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/)
    if (name !== WEB_SUBPROTOCOL || more.length > 0) return answer(connection, 400)
    const ticket = tickets.take(secret)
    if (ticket === null) return answer(connection, 401)
    if (ofAccess(ticket.value.access).size >= SOCKETS_MAX) return answer(connection, 429)
    sockets.handleUpgrade(request, connection, head, (socket) => serve(socket, ticket.value))
  })

  return {
    count: (access) => ofAccess(access).size,
    cut(access, code, why) {
      for (const [owner, all] of open) {
        if (access !== null && owner !== access) continue
        for (const socket of all) {
          socket.close(code, why)
          // Who does not answer the farewell is not waited for.
          setTimeout(() => socket.terminate(), 1000).unref()
        }
      }
    },
  }
}

function answer(connection: Duplex, status: number): void {
  connection.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  )
}

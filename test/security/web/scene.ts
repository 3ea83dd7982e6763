/** A real web listener with handlers that only say who asked, and the means to attack it byte by byte. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { Journal } from '../../../src/journal/journal.ts'
import { openSqliteJournal } from '../../../src/journal/sqlite.ts'
import { newToken } from '../../../src/platform/access.ts'
import type { Actor } from '../../../src/protocol/index.ts'
import { WEB_PATHS, WEB_SUBPROTOCOL } from '../../../src/protocol/web.ts'
import type { TicketFor } from '../../../src/protocol/web.ts'
import { listenForWeb } from '../../../src/server/index.ts'
import type { OpenTerminal, WebListener } from '../../../src/server/index.ts'
import { handlersWith } from '../../server/fixtures.ts'

export interface Scene {
  port: number
  /** `http://127.0.0.1:PORT`. */
  origin: string
  listener: WebListener
  journal: Journal
  /** Who asked, and for what, in order. */
  asked: { name: string; actor: Actor }[]
  logged: string[]
  /** A token that was got by a code. */
  token: string
  /** Accesses by token; take one out and call `listener.cut` to revoke it. */
  access: Map<string, string>
  close: () => Promise<void>
}

export async function startScene(
  options: { openTerminal?: OpenTerminal; now?: () => number } = {},
): Promise<Scene> {
  const directory = mkdtempSync(join(tmpdir(), 'wt-web-'))
  const files = join(directory, 'web')
  mkdirSync(join(files, 'assets'), { recursive: true })
  writeFileSync(join(directory, 'secret.js'), 'secret')
  writeFileSync(join(files, 'secret.js'), 'secret')
  writeFileSync(join(files, 'index.html'), '<!doctype html><title>Board</title>')
  writeFileSync(join(files, 'assets', 'main-abc123.js'), 'export {}')
  writeFileSync(join(files, 'push-worker.js'), '')
  writeFileSync(join(files, 'assets', 'notes.txt'), 'of no type that is served')
  const journal = await openSqliteJournal({
    path: join(directory, 'journal.db'),
    projections: [],
    now: Date.now,
  })
  const access = new Map<string, string>()
  const asked: Scene['asked'] = []
  const logged: string[] = []
  const port = await freePort()
  const listener = await listenForWeb({
    port,
    files,
    handlers: handlersWith({
      sessions: async (_input, actor) => (asked.push({ name: 'sessions', actor }), []),
      note: async (input, actor) => (asked.push({ name: 'note', actor }), input as never),
    }),
    grants: {
      grant: async () => {
        const token = newToken()
        access.set(token, `w${access.size + 1}`)
        return { token }
      },
      find(token) {
        const id = access.get(token)
        return id === undefined ? null : { id }
      },
    },
    key: newToken(),
    journal,
    openTerminal: options.openTerminal ?? (() => Promise.reject(new Error('it has no live terminal'))),
    now: options.now ?? Date.now,
    log: { error: (message, facts) => void logged.push(`${message} ${JSON.stringify(facts)}`) },
  })
  const scene: Scene = {
    port,
    origin: `http://127.0.0.1:${port}`,
    listener,
    journal,
    asked,
    logged,
    token: '',
    access,
    close: async () => {
      await listener.close()
      await journal.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  const login = await ask(scene, 'POST', WEB_PATHS.login, {
    body: JSON.stringify({ code: listener.code().secret }),
  })
  scene.token = (JSON.parse(login.body) as { result: { token: string } }).result.token
  return scene
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export interface Answer {
  status: number
  /** Lower case names; '' when there was no answer. */
  head: string
  body: string
}

/** What our own page sends with a request that changes something. */
export function ownHeaders(scene: Scene): Record<string, string> {
  return {
    host: `127.0.0.1:${scene.port}`,
    origin: scene.origin,
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'cors',
    'content-type': 'application/json',
    authorization: `Bearer ${scene.token}`,
  }
}

/**
 * One request, its bytes as given: headers are our own page's, changed by `headers` (null takes one away).
 */
export async function ask(
  scene: Scene,
  method: string,
  path: string,
  options: { headers?: Record<string, string | null>; body?: string; raw?: string[] } = {},
): Promise<Answer> {
  const { body = '' } = options
  const headers = { ...ownHeaders(scene), ...options.headers }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  )
  const length = method === 'POST' ? [`content-length: ${Buffer.byteLength(body)}`] : []
  return send(
    scene.port,
    [
      `${method} ${path} HTTP/1.1`,
      ...lines,
      ...(options.raw ?? []),
      ...length,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

/** Sends bytes and takes what comes until the other side closes, or has upgraded. */
export async function send(port: number, text: string): Promise<Answer> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(text)
  let all = ''
  const over = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('data', (chunk: Buffer) => {
    all += chunk.toString('latin1')
    if (all.startsWith('HTTP/1.1 101')) socket.destroy()
  })
  await over
  const at = all.indexOf('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(all)?.[1] ?? 0),
    head: all.slice(0, at === -1 ? all.length : at).toLowerCase(),
    body: at === -1 ? '' : all.slice(at + 4),
  }
}

/** Headers of an upgrade as our own page's browser sends them. */
export function upgrade(ticket: string): Record<string, string> {
  return {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': `${WEB_SUBPROTOCOL}, ${ticket}`,
    'sec-fetch-mode': 'websocket',
  }
}

export async function ticketFor(scene: Scene, what: TicketFor, token = scene.token): Promise<string> {
  const answer = await ask(scene, 'POST', WEB_PATHS.ticket, {
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(what),
  })
  if (answer.status !== 200) throw new Error(`no ticket: ${answer.status} ${answer.body}`)
  return (JSON.parse(answer.body) as { result: { ticket: string } }).result.ticket
}

export const TERMINAL: TicketFor = { kind: 'terminal', repo: null, name: 'one', cols: 80, rows: 24 }

/** An open connection with everything that came over it. */
export interface Connection {
  socket: WebSocket
  received: Buffer[]
  /** Code of its close. */
  closed: Promise<number>
}

export async function open(scene: Scene, ticket: string): Promise<Connection> {
  const socket = new WebSocket(`ws://127.0.0.1:${scene.port}${WEB_PATHS.socket}`, [WEB_SUBPROTOCOL, ticket], {
    origin: scene.origin,
  })
  const received: Buffer[] = []
  const closed = Promise.withResolvers<number>()
  socket.on('message', (data: Buffer) => received.push(data))
  socket.on('close', (code) => closed.resolve(code))
  socket.on('error', () => {})
  await once(socket, 'open')
  return { socket, received, closed: closed.promise }
}

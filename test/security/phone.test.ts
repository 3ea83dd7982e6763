/** Groups 1, 2, 3 and 9 of the attacks, on the listener for phones: real TLS, the certificate pinned, bytes of our own. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectPlain, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Journal } from '../../src/journal/journal.ts'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { newToken } from '../../src/platform/access.ts'
import type { Actor } from '../../src/protocol/index.ts'
import type { PhoneAccess } from '../../src/protocol/phone-access.ts'
import { WEB_PATHS } from '../../src/protocol/web.ts'
import { type PhoneListener, listenForPhones } from '../../src/server/index.ts'
import { keepCertificate } from '../../src/supervisor/seat/phone-certificate.ts'
import { handlersWith, noted } from '../server/fixtures.ts'

const PIXEL: PhoneAccess = { name: 'pixel', scope: 'answer' }
const ADDRESS = '127.0.0.1'

let directory: string
let journal: Journal
let listener: PhoneListener
let port: number
let cert: string
let clock: number
let asked: { name: string; actor: Actor }[]
let access: Map<string, { id: string; phone?: PhoneAccess }>

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'wt-phone-'))
  const files = join(directory, 'web')
  mkdirSync(files)
  writeFileSync(join(files, 'index.html'), '<!doctype html><title>Board</title>')
  journal = await openSqliteJournal({
    path: join(directory, 'journal.db'),
    projections: [],
    now: Date.now,
  })
  clock = 0
  asked = []
  access = new Map()
  port = await freePort()
  const certificate = keepCertificate(join(directory, 'phone'), ADDRESS, Date.now())
  cert = certificate.cert
  listener = await listenForPhones({
    ...{ address: ADDRESS, host: ADDRESS, port, tls: { key: certificate.key, cert }, files, key: newToken() },
    handlers: handlersWith({
      sessions: async (_input, actor) => (asked.push({ name: 'sessions', actor }), []),
    }),
    grants: {
      async grant(_label, phone) {
        const token = newToken()
        access.set(token, { id: `w${access.size}`, phone })
        return { token, phone }
      },
      find: (token) => access.get(token) ?? null,
    },
    journal,
    now: () => Date.now() + clock,
    log: { error: () => {} },
  })
})
afterEach(async () => {
  await listener.close()
  await journal.close()
  rmSync(directory, { recursive: true })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, ADDRESS)
  await once(server, 'listening')
  const { port: free } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return free
}

/** A connection that knows the certificate, and takes no other. */
async function secure(): Promise<TLSSocket> {
  const socket = connect({ host: ADDRESS, port, ca: [cert] })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

function requestOf(
  method: string,
  path: string,
  options: { headers?: Record<string, string | null>; body?: string; token?: string } = {},
): string {
  const { body = '', token = '' } = options
  const headers = {
    ...{ host: `${ADDRESS}:${port}`, 'sec-fetch-site': 'same-origin', authorization: `Bearer ${token}` },
    ...(method === 'POST' && {
      ...{ origin: `https://${ADDRESS}:${port}`, 'content-type': 'application/json' },
      'content-length': String(Buffer.byteLength(body)),
    }),
    ...options.headers,
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  )
  return [`${method} ${path} HTTP/1.1`, ...lines, '', body].join('\r\n')
}

async function ask(...args: Parameters<typeof requestOf>): Promise<{ status: number; text: string }> {
  const [method, path, options = {}] = args
  const socket = await secure()
  socket.write(requestOf(method, path, { ...options, headers: { connection: 'close', ...options.headers } }))
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  await once(socket, 'close')
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text }
}

const login = (code: string) => ask('POST', WEB_PATHS.login, { body: JSON.stringify({ code }) })

/** The token of a phone that was let in. */
async function letIn(phone = PIXEL): Promise<string> {
  const { status, text } = await login(listener.code(phone).secret)
  expect(status).toBe(200)
  return (JSON.parse(text.split('\r\n\r\n')[1] ?? '') as { result: { token: string } }).result.token
}
const sessions = (token: string, headers: Record<string, string | null> = {}) =>
  ask('POST', '/api/sessions', { token, headers, body: '{"repo":null}' })

test('1. a phone is answered as the phone that it is, and only where the request names this place alone', async () => {
  const token = await letIn()
  expect((await sessions(token, { 'x-worktrain-via': 'cli' })).status).toBe(200)
  const actor = { kind: 'person', via: 'phone', phone: PIXEL, access: expect.any(String) as string }
  expect(asked).toEqual([{ name: 'sessions', actor }])
  const own = `${ADDRESS}:${port}`
  for (const [headers, status] of [
    [{ host: `evil.example:${port}` }, 421],
    [{ host: `localhost:${port}` }, 421],
    [{ host: `0.0.0.0:${port}` }, 421],
    [{ host: ADDRESS }, 421],
    [{ host: `${ADDRESS}:${port + 1}` }, 421],
    [{ host: 'worktrain' }, 421],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: `http://${own}` }, 403],
    [{ origin: `https://${ADDRESS}:${port + 1}` }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: null }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'content-type': 'text/plain' }, 415],
  ] as const)
    expect((await sessions(token, headers)).status, JSON.stringify(headers)).toBe(status)
  expect(asked).toHaveLength(1)
  const page = await ask('GET', '/')
  expect(page.status).toBe(200)
  expect(page.text).toContain("connect-src 'self';")
  expect(page.text).not.toMatch(/access-control-|set-cookie|strict-transport-security/i)
})

test('1. without a token, with a wrong one, with one in other places, and with one of a browser: nobody', async () => {
  const token = await letIn()
  // Of a browser of this machine, should it ever be known here.
  const browsers = newToken()
  access.set(browsers, { id: 'browser' })
  for (const given of ['', `${token}x`, token.slice(0, -1), browsers]) {
    expect((await sessions(given)).status, given).toBe(401)
    expect((await ask('GET', '/events?after=0', { token: given })).status).toBe(401)
  }
  expect((await sessions('', { authorization: null, cookie: `token=${token}` })).status).toBe(401)
  const inQuery = await ask('POST', `/api/sessions?token=${token}`, { body: '{"repo":null}' })
  expect(inQuery.status).toBe(401)
  expect(asked).toEqual([])
})

test('2. a code is good once, for five minutes, and not after it was taken back', async () => {
  const { secret } = listener.code(PIXEL)
  expect((await login(`${secret.slice(0, -1)}_`)).status).toBe(401)
  expect((await login(secret)).status).toBe(200)
  expect((await login(secret)).status).toBe(401)
  const [pixels, others] = [listener.code(PIXEL).secret, listener.code({ ...PIXEL, name: 'other' }).secret]
  listener.forget('pixel')
  expect((await login(pixels)).status).toBe(401)
  expect((await login(others)).status).toBe(200)
  const late = listener.code(PIXEL).secret
  clock += 5 * 60_000 + 1
  expect((await login(late)).status).toBe(401)
})

test('2. revoking ends what is open at once, of this phone alone', async () => {
  const [lost, kept] = [await letIn(), await letIn({ ...PIXEL, name: 'other' })]
  const streams = await Promise.all(
    [lost, kept].map(async (token) => {
      const socket = await secure()
      socket.write(requestOf('GET', '/events?after=0', { token }))
      await once(socket, 'data')
      return socket
    }),
  )
  const id = access.get(lost)?.id ?? ''
  expect(listener.connections(id)).toBe(1)
  access.delete(lost)
  listener.cut(id)
  await once(streams[0]!, 'close')
  expect(listener.connections(id)).toBe(0)
  expect((await sessions(lost)).status).toBe(401)
  const heard = new Promise<string>((resolve) =>
    streams[1]!.on('data', (chunk: Buffer) => chunk.includes('still here') && resolve(String(chunk))),
  )
  await journal.append([noted('one', 'still here')])
  expect(await heard).toContain('still here')
  streams[1]!.destroy()
})

test('3. it speaks TLS 1.2 or newer and nothing else, with its own certificate', async () => {
  const plain = connectPlain(port, ADDRESS)
  plain.on('error', () => {})
  let said = ''
  plain.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')))
  plain.write(requestOf('GET', '/'))
  await once(plain, 'close')
  expect(said).not.toContain('HTTP/1.1')
  const untrusting = connect({ host: ADDRESS, port })
  const [error] = (await once(untrusting, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/)
  const old = connect({ host: ADDRESS, port, ca: [cert], maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })
  await once(old, 'error')
})

test('3. there are no WebSockets, and no tickets for one', async () => {
  const token = await letIn()
  const headers = { upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'YQ==' }
  const origin = `https://${ADDRESS}:${port}`
  const upgraded = await ask('GET', WEB_PATHS.socket, { token, headers: { ...headers, origin } })
  expect(upgraded.status).toBe(404)
  const body = '{"kind":"terminal","repo":null,"name":"one","cols":80,"rows":24}'
  expect((await ask('POST', WEB_PATHS.ticket, { token, body })).status).toBe(404)
})

test('9. a stranger can send little, and closing does not wait for who is silent', async () => {
  const body = JSON.stringify({ code: 'x'.repeat(5000) })
  expect((await ask('POST', WEB_PATHS.login, { body })).status).toBe(400)
  const silent = connectPlain(port, ADDRESS)
  silent.on('error', () => {})
  await once(silent, 'connect')
  const open = await secure()
  await Promise.all([listener.close(), once(silent, 'close'), once(open, 'close')])
  await expect(secure()).rejects.toThrow('ECONNREFUSED')
})

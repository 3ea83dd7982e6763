/** Groups 1, 2, 7, 9 and 10 of the attacks on a local server with a web page: raw requests to a real listener. */
import { once } from 'node:events'
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeFrame, encodeJsonFrame } from '../../src/protocol/frames.ts'
import { FRAME } from '../../src/protocol/host.ts'
import { WEB_CLOSE, WEB_PATHS, helloMessage } from '../../src/protocol/web.ts'
import type { TerminalEvents } from '../../src/server/web/terminal.ts'
import { addressOf, pageAt } from '../../src/web/address.ts'
import { random } from '../fixtures/random.ts'
import { seedOf } from '../fixtures/sample.ts'
import { noted } from '../server/fixtures.ts'
import { framesAtRandom } from './frames-at-random.ts'
import { TERMINAL, ask, open, send, startScene, ticketFor, upgrade } from './web/scene.ts'
import type { Scene } from './web/scene.ts'

let scene: Scene
let clock = 0
/** The terminal that the bridge of the scene talks to. */
let viewer: { events: TerminalEvents; typed: string; sizes: string[]; reading: boolean; open: boolean } | null
/** A terminal opens no sooner. */
let there: Promise<void>
beforeEach(async () => {
  clock = 0
  viewer = null
  there = Promise.resolve()
  scene = await startScene({
    now: () => Date.now() + clock,
    openTerminal: async (_ref, _size, events) => {
      await there
      const one = { events, typed: '', sizes: [] as string[], reading: true, open: true }
      viewer = one
      return {
        input: (bytes) => void (one.typed += Buffer.from(bytes).toString()),
        resize: (cols, rows) => void one.sizes.push(`${cols}x${rows}`),
        pause: () => void (one.reading = false),
        resume: () => void (one.reading = true),
        close: () => void (one.open = false),
      }
    },
  })
})
afterEach(() => scene.close())

/** Every way in: what our own page would send there, and what it is answered. */
const WAYS = [
  { way: 'the page', method: 'GET', path: '/', headers: {}, body: '', good: 200 },
  { way: 'the service worker', method: 'GET', path: '/push-worker.js', headers: {}, body: '', good: 200 },
  { way: 'an asset', method: 'GET', path: '/assets/main-abc123.js', headers: {}, body: '', good: 200 },
  {
    way: 'a procedure',
    method: 'POST',
    path: '/api/sessions',
    headers: {},
    body: '{"repo":null}',
    good: 200,
  },
  {
    way: 'a procedure that changes something',
    ...{ method: 'POST', path: '/api/note', headers: {} },
    ...{ body: '{"repo":null,"name":"one","note":"x"}', good: 200 },
  },
  {
    way: 'the proof',
    ...{ method: 'POST', path: WEB_PATHS.hello, headers: {} },
    ...{ body: '{"challenge":"0123456789abcdef"}', good: 200 },
  },
  {
    way: 'the login',
    method: 'POST',
    path: WEB_PATHS.login,
    headers: {},
    body: '{"code":"CODE"}',
    good: 200,
  },
  {
    way: 'the ticket',
    ...{
      method: 'POST',
      path: WEB_PATHS.ticket,
      headers: {},
      body: '{"kind":"events","after":0}',
      good: 200,
    },
  },
  {
    way: 'the socket',
    method: 'GET',
    path: WEB_PATHS.socket,
    headers: upgrade('TICKET'),
    body: '',
    good: 101,
  },
]

type Way = (typeof WAYS)[number]

test('no way in is left out', () => {
  expect(WAYS.map(({ path }) => path)).toEqual(expect.arrayContaining(Object.values(WEB_PATHS)))
})

/** Asks as the way says, with a fresh code or ticket where it needs one. */
async function go(way: Way, headers: Record<string, string | null> = {}, raw: string[] = []) {
  const ticket = way.good === 101 ? await ticketFor(scene, TERMINAL) : ''
  const body = way.body.replace('CODE', () => scene.listener.code().secret)
  const own = JSON.parse(JSON.stringify(way.headers).replace('TICKET', ticket)) as Record<string, string>
  return ask(scene, way.method, way.path, {
    headers: { ...own, ...(way.good === 101 ? { connection: 'Upgrade' } : {}), ...headers },
    body,
    raw,
  })
}

describe('1. request guard', () => {
  test.for(WAYS)('$way answers our own page', async (way) => {
    expect((await go(way)).status).toBe(way.good)
  })

  const FOREIGN = (port: number): [string, Record<string, string | null>, number][] => [
    ['another name', { host: 'board.example.com' }, 421],
    ['a name that was rebound, with the port', { host: `evil.example:${port}` }, 421],
    ['localhost', { host: `localhost:${port}` }, 421],
    ['0.0.0.0', { host: `0.0.0.0:${port}` }, 421],
    ['IPv6', { host: `[::1]:${port}` }, 421],
    ['no port', { host: '127.0.0.1' }, 421],
    ['another port', { host: `127.0.0.1:${port + 1}` }, 421],
    ['the unix socket’s name', { host: 'worktrain' }, 421],
    ['an origin elsewhere', { origin: 'https://evil.example' }, 403],
    ['an origin that is hidden', { origin: 'null' }, 403],
    ['another port’s page', { origin: `http://127.0.0.1:${port + 1}` }, 403],
    ['the same by another name', { origin: `http://localhost:${port}` }, 403],
    ['the same over TLS', { origin: `https://127.0.0.1:${port}` }, 403],
    ['an origin that only begins so', { origin: `http://127.0.0.1:${port}.evil.example` }, 403],
    ['a cross-site request', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a same-site request: another port of this machine', { 'sec-fetch-site': 'same-site' }, 403],
  ]
  test.for(WAYS)('$way refuses everything else', async (way) => {
    for (const [what, headers, status] of FOREIGN(scene.port)) {
      const answer = await go(way, headers)
      expect(answer.status, what).toBe(status)
      expect(answer.head, what).not.toContain('access-control-')
    }
    const twice = await go(way, {}, ['Host: evil.example'])
    expect([400, 421], 'two hosts').toContain(twice.status)
    const none = await go(way, { host: null })
    expect([400, 421], 'no host').toContain(none.status)
    expect(scene.asked).toEqual([])
  })

  test.for(WAYS.filter(({ method, good }) => method === 'POST' || good === 101))(
    '$way refuses who does not say where it comes from',
    async (way) => {
      expect((await go(way, { origin: null })).status).toBe(403)
      expect((await go(way, { 'sec-fetch-site': 'none' })).status).toBe(403)
    },
  )

  test.for(WAYS.filter(({ path }) => path.startsWith('/api/') || path === WEB_PATHS.ticket))(
    '$way refuses without the token, with a wrong one and with one in other places',
    async (way) => {
      const { token } = scene
      for (const headers of [
        { authorization: null },
        { authorization: 'Bearer ' },
        { authorization: `Bearer ${token}x` },
        { authorization: `Bearer ${token.slice(0, -1)}` },
        { authorization: `Basic ${token}` },
        { authorization: null, cookie: `token=${token}; authorization=${token}` },
        { authorization: null, 'x-token': token },
      ])
        expect((await go(way, headers)).status, JSON.stringify(headers)).toBe(401)
      const inQuery = { ...way, path: `${way.path}?token=${token}` }
      expect((await go(inQuery, { authorization: null })).status).toBe(401)
      expect(scene.asked).toEqual([])
    },
  )

  test('what a form can send is refused, and so is every method that is not needed', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', null]) {
      const answer = await ask(scene, 'POST', '/api/note', {
        headers: { 'content-type': type },
        body: '{"repo":null,"name":"one","note":"x"}',
      })
      expect(answer.status, String(type)).toBe(415)
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE']) {
      const answer = await ask(scene, method, '/api/note', {
        headers: { 'access-control-request-method': 'POST' },
      })
      expect(answer.status, method).toBe(405)
      expect(answer.head).not.toContain('access-control-')
    }
    expect((await ask(scene, 'GET', '/api/note')).status).toBe(404)
    expect((await ask(scene, 'GET', `http://127.0.0.1:${scene.port}/api/note`)).status).toBe(400)
    expect(scene.asked).toEqual([])
  })

  test('the person is who asks, whatever the page says of itself', async () => {
    await ask(scene, 'POST', '/api/sessions', {
      headers: { 'x-worktrain-via': 'cli' },
      body: '{"repo":null}',
    })
    const actor = { kind: 'person', via: 'web', access: expect.any(String) as string }
    expect(scene.asked).toEqual([{ name: 'sessions', actor }])
  })

  test('every answer forbids framing, sniffing, scripts in the page and everything from elsewhere', async () => {
    for (const way of WAYS.filter(({ good }) => good !== 101)) {
      for (const { head } of [await go(way), await go(way, { host: 'evil.example' })]) {
        const policy = /content-security-policy: (.*)/.exec(head)?.[1] ?? ''
        for (const rule of ['default-src', 'frame-ancestors', 'base-uri', 'form-action'])
          expect(policy.split('; '), way.way).toContain(`${rule} 'none'`)
        for (const rule of ['script-src', 'style-src', 'img-src', 'font-src'])
          expect(policy.split('; '), way.way).toContain(`${rule} 'self'`)
        expect(policy).not.toMatch(/unsafe|\*|data:|blob:|https?:|nonce-|sha\d/)
        expect(head).toContain('x-frame-options: deny')
        expect(head).toContain('x-content-type-options: nosniff')
        expect(head).toContain('referrer-policy: no-referrer')
        expect(head).toContain('cross-origin-resource-policy: same-origin')
        expect(head).not.toContain('set-cookie')
        expect(head).not.toContain('access-control-')
      }
    }
  })
})

describe('2. credentials', () => {
  const login = (code: string) => ask(scene, 'POST', WEB_PATHS.login, { body: JSON.stringify({ code }) })

  test('a code is good once, for five minutes, and only whole', async () => {
    const { secret } = scene.listener.code()
    expect((await login(secret.slice(0, -1))).status).toBe(401)
    expect((await login(secret)).status).toBe(200)
    expect((await login(secret)).status).toBe(401)
    expect((await login('')).status).toBe(401)
    const late = scene.listener.code().secret
    clock += 5 * 60_000 + 1
    expect((await login(late)).status).toBe(401)
  })

  test('codes are few: the oldest gives way', async () => {
    const codes = Array.from({ length: 9 }, () => scene.listener.code().secret)
    expect((await login(codes[0]!)).status).toBe(401)
    expect((await login(codes[8]!)).status).toBe(200)
  })

  test('revoking cuts open connections and takes back tickets that were not used', async () => {
    const [events, terminal] = [
      await open(scene, await ticketFor(scene, { kind: 'events', after: 0 })),
      await open(scene, await ticketFor(scene, TERMINAL)),
    ]
    const unused = await ticketFor(scene, TERMINAL)
    const id = scene.access.get(scene.token)!
    scene.access.delete(scene.token)
    scene.listener.cut(id)
    expect(await Promise.all([events.closed, terminal.closed])).toEqual([
      WEB_CLOSE.revoked,
      WEB_CLOSE.revoked,
    ])
    await until(() => viewer?.open === false, terminal.socket)
    expect((await ask(scene, 'GET', WEB_PATHS.socket, { headers: socketHeaders(unused) })).status).toBe(401)
    expect((await ask(scene, 'POST', '/api/sessions', { body: '{"repo":null}' })).status).toBe(401)
  })

  test('neither code, token nor ticket comes back in an answer or stands in the log', async () => {
    const ticket = await ticketFor(scene, TERMINAL)
    const opened = await ask(scene, 'GET', WEB_PATHS.socket, { headers: socketHeaders(ticket) })
    expect(opened.status).toBe(101)
    expect(opened.head).not.toContain(ticket.toLowerCase())
    const { secret } = scene.listener.code()
    const refused = await login(`${secret}x`)
    expect(refused.body).not.toContain(secret)
    expect(scene.logged.join('\n')).not.toMatch(new RegExp([ticket, secret, scene.token].join('|')))
  })

  test('the listener proves that it gave the token, and the proof is good for its port alone', async () => {
    const { secret } = scene.listener.code()
    const { key } = (JSON.parse((await login(secret)).body) as { result: { key: string } }).result
    const challenge = 'a-challenge-nobody-knows'
    const answer = await ask(scene, 'POST', WEB_PATHS.hello, { body: JSON.stringify({ challenge }) })
    const { proof } = (JSON.parse(answer.body) as { result: { proof: string } }).result
    const expected = (port: number) =>
      createHmac('sha256', Buffer.from(key, 'base64url'))
        .update(helloMessage(port, challenge))
        .digest('base64url')
    expect(proof).toBe(expected(scene.port))
    expect(proof).not.toBe(expected(scene.port + 1))
  })
})

const socketHeaders = (ticket: string) => ({ ...upgrade(ticket), connection: 'Upgrade' })

describe('7. paths', () => {
  test.for([
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e/secret.js',
    '/assets/..%5csecret.js',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.js',
    '/assets//etc/passwd',
    '/assets/%00main-abc123.js',
    '/assets/main-abc123.js%00.css',
    '/assets/notes.txt',
    '/assets/',
    '/assets/.',
    '/secret.js',
    '/../secret.js',
    '//etc/passwd',
    '/%2e%2e/secret.js',
  ])('%s is nothing', async (path) => {
    const answer = await ask(scene, 'GET', path)
    expect([400, 404]).toContain(answer.status)
    expect(answer.body).not.toContain('secret\n')
  })

  test('every page is at its address, as after a reload', async () => {
    for (const page of ['board', 'new', 'train', 'usage', 'settings', 'session'] as const) {
      const path = addressOf({ page, id: 's1', repo: '/a b' })
      const { status, head } = await ask(scene, 'GET', path)
      expect([status, head.includes('content-type: text/html')], path).toEqual([200, true])
    }
  })

  test('whoever typed an address that is none is told so by the page, a program as ever', async () => {
    const typed = (path: string) => ask(scene, 'GET', path, { headers: { accept: 'text/html,*/*;q=0.8' } })
    for (const path of ['/sesions', '/s/a/b', '/secret.js', '/apis']) {
      const { status, head, body } = await typed(path)
      expect([status, head.includes('content-type: text/html')], path).toEqual([404, true])
      expect(head).toContain("default-src 'none'")
      expect(body).toBe((await ask(scene, 'GET', '/')).body)
    }
    for (const path of ['/api/note', '/access/login', '/assets/none.js', '/socket', '/events'])
      expect((await typed(path)).head, path).toContain('content-type: application/json')
    expect((await ask(scene, 'GET', '/sesions')).head).toContain('content-type: application/json')
    expect(pageAt('/s/%E0%A4', '')).toEqual({ page: 'nowhere' })
  })

  test('what has a name of its content is kept for good, the page is asked for anew', async () => {
    expect((await ask(scene, 'GET', '/assets/main-abc123.js')).head).toMatch(/cache-control: .*immutable/)
    expect((await ask(scene, 'GET', '/s/any')).head).toContain('cache-control: no-cache')
    expect((await ask(scene, 'POST', '/api/sessions', { body: '{"repo":null}' })).head).toContain(
      'cache-control: no-store',
    )
  })
})

describe('9. limits', () => {
  test('a body that is too large is not read to its end', async () => {
    const body = JSON.stringify({ repo: null, name: 'one', note: 'x'.repeat(5 * 1024 * 1024) })
    // Its sender may be cut off before it has read why.
    expect([400, 0]).toContain((await ask(scene, 'POST', '/api/note', { body })).status)
    expect(scene.asked).toEqual([])
  })

  test('a message that is too large ends its connection, and no other', async () => {
    const [loud, other] = [
      await open(scene, await ticketFor(scene, TERMINAL)),
      await open(scene, await ticketFor(scene, { kind: 'events', after: 0 })),
    ]
    loud.socket.send(Buffer.alloc(2 * 1024 * 1024))
    expect([1006, 1009]).toContain(await loud.closed)
    await scene.journal.append([noted('one', 'still here')])
    await until(() => other.received.some((message) => message.includes('still here')), other.socket)
    other.socket.terminate()
  })

  test('a browser that draws slowly is not fed, and is fed again once it has drawn', async () => {
    const { socket, received } = await open(scene, await ticketFor(scene, TERMINAL))
    await until(() => viewer !== null, socket)
    let sent = 0
    while (viewer!.reading) {
      viewer!.events.output(new Uint8Array(16 * 1024), sent)
      sent += 16 * 1024
    }
    expect(sent).toBeLessThan(512 * 1024)
    await until(() => received.reduce((sum, { length }) => sum + length, 0) >= sent, socket)
    expect(viewer!.reading).toBe(false)
    socket.send(encodeJsonFrame(FRAME.drawn, { bytes: sent }))
    await until(() => viewer!.reading, socket)
    socket.terminate()
  })

  test('what a browser says before its terminal is there reaches it, and one that leaves by then leaves it', async () => {
    const host = Promise.withResolvers<void>()
    there = host.promise
    const { socket } = await open(scene, await ticketFor(scene, TERMINAL))
    socket.send(encodeJsonFrame(FRAME.resize, { cols: 81, rows: 25 }))
    await new Promise((sent) => socket.send(encodeFrame(FRAME.input, Buffer.from('early')), sent))
    // Whoever asks after them is answered after they came.
    await ticketFor(scene, TERMINAL)
    expect(viewer).toBeNull()
    host.resolve()
    await until(() => viewer?.typed === 'early', socket)
    expect(viewer?.sizes).toEqual(['81x25'])
    viewer = null

    const next = Promise.withResolvers<void>()
    there = next.promise
    const gone = await open(scene, await ticketFor(scene, TERMINAL))
    gone.socket.terminate()
    await gone.closed
    next.resolve()
    await until(() => viewer !== null && !viewer.open, socket)
    socket.terminate()
  })

  test('a flood in one terminal does not keep events waiting', async () => {
    const flood = await open(scene, await ticketFor(scene, TERMINAL))
    await until(() => viewer !== null, flood.socket)
    const events = await open(scene, await ticketFor(scene, { kind: 'events', after: 0 }))
    const chunk = new Uint8Array(64 * 1024)
    // A host that pays no heed to a viewer that has stopped reading.
    const pouring = setInterval(() => viewer!.events.output(chunk, 0), 1)
    flood.socket.pause()
    await scene.journal.append([noted('one', 'in time')])
    const began = performance.now()
    await until(() => events.received.some((message) => message.includes('in time')), events.socket)
    clearInterval(pouring)
    expect(performance.now() - began).toBeLessThan(2000)
    flood.socket.terminate()
    events.socket.terminate()
  })

  test('one browser cannot open connections without end', async () => {
    const all = []
    for (let n = 0; n < 64; n++)
      all.push(await open(scene, await ticketFor(scene, { kind: 'events', after: 0 })))
    const one = await ticketFor(scene, TERMINAL)
    expect((await ask(scene, 'GET', WEB_PATHS.socket, { headers: socketHeaders(one) })).status).toBe(429)
    for (const { socket } of all) socket.terminate()
  })
})

describe('10. abuse of the protocol', () => {
  test('a ticket is good once, for a minute, and for nothing but what it was made for', async () => {
    const ticket = await ticketFor(scene, { kind: 'events', after: 0 })
    const first = await open(scene, ticket)
    expect((await ask(scene, 'GET', WEB_PATHS.socket, { headers: socketHeaders(ticket) })).status).toBe(401)
    // Not a terminal: it takes no keys.
    first.socket.send(encodeFrame(FRAME.input, Buffer.from('rm -rf /\r')))
    expect(await first.closed).toBe(WEB_CLOSE.protocol)
    expect(viewer).toBeNull()
    const late = await ticketFor(scene, TERMINAL)
    clock += 60_001
    expect((await ask(scene, 'GET', WEB_PATHS.socket, { headers: socketHeaders(late) })).status).toBe(401)
  })

  test('a ticket asks for what there is, in the forms that there are', async () => {
    for (const what of [
      {},
      { kind: 'control' },
      { kind: 'events', after: -1 },
      { kind: 'events', after: 0, role: 'control' },
      { ...TERMINAL, cols: 0 },
      { ...TERMINAL, cols: 1e9 },
      { ...TERMINAL, name: '' },
      { ...TERMINAL, generation: 3 },
    ]) {
      const answer = await ask(scene, 'POST', WEB_PATHS.ticket, { body: JSON.stringify(what) })
      expect(answer.status, JSON.stringify(what)).toBe(400)
    }
  })

  const frames: [string, string | Buffer][] = [
    ['text', 'hello'],
    ['nothing', Buffer.alloc(0)],
    ['a length of zero', Buffer.from([0, 0, 0, 0, 0])],
    ['a length without end', Buffer.from([0xff, 0xff, 0xff, 0xff, 7])],
    ['the hello of a host', Buffer.from(encodeJsonFrame(FRAME.hello, { protocol: 1, role: 'control' }))],
    ['a request to a host', Buffer.from(encodeJsonFrame(FRAME.request, { id: 1, op: 'kill', grace: 0 }))],
    ['output', Buffer.from(encodeFrame(FRAME.output, new Uint8Array(9)))],
    ['a size that is none', Buffer.from(encodeJsonFrame(FRAME.resize, { cols: 0, rows: -1 }))],
    ['a size without end', Buffer.from(encodeJsonFrame(FRAME.resize, { cols: 1e6, rows: 1e6 }))],
    ['drawn what was not sent', Buffer.from(encodeJsonFrame(FRAME.drawn, { bytes: 1e15 }))],
    ['drawn less than nothing', Buffer.from(encodeJsonFrame(FRAME.drawn, { bytes: -1 }))],
    ['no JSON', Buffer.from(encodeFrame(FRAME.resize, Buffer.from('{')))],
  ]
  test('whoever sends other frames is cut off, alone', async () => {
    for (const [what, bytes] of frames) {
      if (what === 'nothing') continue
      const { socket, closed } = await open(scene, await ticketFor(scene, TERMINAL))
      await until(() => viewer !== null, socket)
      socket.send(bytes)
      expect(await closed, what).toBe(WEB_CLOSE.protocol)
      expect(viewer!.typed).toBe('')
      expect(viewer!.sizes).toEqual([])
    }
  })

  test('random frames never reach further than the terminal they were meant for', async () => {
    const seed = seedOf('frames of a browser')
    const next = random(seed)
    const known = frames.map(([, bytes]) => Buffer.from(bytes))
    for (let round = 0; round < 60; round++) {
      const { socket } = await open(scene, await ticketFor(scene, TERMINAL))
      for (let n = next(6); n >= 0; n--) socket.send(framesAtRandom(next, known))
      socket.close()
      await once(socket, 'close')
      // What reached it is what its frames may say: keys, and sizes that are some.
      for (const size of viewer?.sizes ?? [])
        expect(Math.max(...size.split('x').map(Number)), `seed ${seed}, round ${round}`).toBeLessThan(1001)
    }
    expect((await ask(scene, 'POST', '/api/sessions', { body: '{"repo":null}' })).status).toBe(200)
    expect(scene.logged).toEqual([])
  })

  test('a storm of connections that come and go leaves nothing behind', async () => {
    for (let n = 0; n < 50; n++) {
      const ticket = await ticketFor(scene, TERMINAL)
      await ask(scene, 'GET', WEB_PATHS.socket, { headers: socketHeaders(ticket) })
      await ask(scene, 'GET', WEB_PATHS.socket, { headers: socketHeaders('none') })
      await send(scene.port, 'GET / HTTP/1.1\r\n\r\n')
      await send(scene.port, '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n')
    }
    const { socket } = await open(scene, await ticketFor(scene, { kind: 'events', after: 0 }))
    await until(() => scene.listener.connections(scene.access.get(scene.token)!) === 1, socket)
    socket.terminate()
  })
})

/** Waits for a condition, looked at whenever anything happens on the connection or the loop turns. */
async function until(condition: () => boolean, socket: { readyState: number }): Promise<void> {
  const began = performance.now()
  while (!condition()) {
    if (performance.now() - began > 20_000) throw new Error(`waited in vain, connection ${socket.readyState}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

import { once } from 'node:events'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Journal } from '../../src/journal/journal.ts'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { newToken, ownerOf, sessionToken } from '../../src/platform/access.ts'
import { WorktrainError } from '../../src/protocol/index.ts'
import type { Actor, Recorded } from '../../src/protocol/index.ts'
import { createServer } from '../../src/server/index.ts'
import type { Handlers } from '../../src/server/index.ts'
import { handlersWith, noted } from './fixtures.ts'

let directory: string
let socketPath: string
let journal: Journal
let closing: (() => Promise<void>)[]
let logged: string[]
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'worktrain-server-'))
  socketPath = join(directory, 'run', 'supervisor.sock')
  journal = await openSqliteJournal({ path: join(directory, 'journal.db'), projections: [], now: Date.now })
  closing = []
  logged = []
})
afterEach(async () => {
  await Promise.all(closing.map((close) => close()))
  await journal.close()
  rmSync(directory, { recursive: true, force: true })
})

async function serve(
  handlers: Partial<Handlers> = {},
  limits = {},
  source: Pick<Journal, 'read' | 'subscribe'> = journal,
) {
  const log = { error: (message: string) => void logged.push(message) }
  const server = await createServer({
    socketPath,
    authenticate: (token) => ownerOf(PERSON, token),
    handlers: handlersWith(handlers),
    journal: source,
    now: Date.now,
    log,
    limits,
  })
  closing.push(() => server.close())
  return server
}

const PERSON = newToken()
const OURS = { host: 'worktrain', 'content-type': 'application/json', authorization: `Bearer ${PERSON}` }

function open(
  path: string,
  { method = 'GET', headers = OURS as Record<string, string>, body = '' } = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, method, headers, agent: false }, resolve).on('error', reject).end(body)
  })
}

async function post(name: string, input: unknown, headers: Record<string, string> = {}) {
  const body = typeof input === 'string' ? input : JSON.stringify(input)
  const response = await open(`/api/${name}`, { method: 'POST', headers: { ...OURS, ...headers }, body })
  let text = ''
  for await (const chunk of response) text += chunk as string
  return {
    status: response.statusCode,
    headers: response.headers as IncomingHttpHeaders,
    ...(JSON.parse(text) as {
      ok: boolean
      result?: unknown
      error?: { code: string; message: string; hint: string; details?: unknown }
    }),
  }
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<Recorded & { heartbeat?: number }> {
  for await (const line of createInterface({ input: response })) yield JSON.parse(line) as Recorded
}

test('gives the handler validated input with defaults, and who asks', async () => {
  const calls: unknown[] = []
  await serve({
    sessions: async (input, actor: Actor) => {
      calls.push(input, actor)
      return []
    },
  })
  expect(await post('sessions', { repo: null, surplus: 1 }, { 'x-worktrain-via': 'cli' })).toMatchObject({
    status: 200,
    ok: true,
    result: [],
  })
  expect(calls).toEqual([
    { repo: null, all: false },
    { kind: 'person', via: 'cli' },
  ])
  expect(await post('sessions', { repo: null }, { 'x-worktrain-via': 'Root!' })).toMatchObject({
    status: 400,
    error: { code: 'USAGE' },
  })
})

test('answers nobody without a token, and knows a session by its own', async () => {
  const asked: Actor[] = []
  await serve({
    sessions: async (_input, actor) => {
      asked.push(actor)
      return []
    },
  })
  const mine = sessionToken(PERSON, 's1')
  for (const authorization of ['', 'Bearer ', `Bearer ${newToken()}`, `Bearer s2${mine.slice(2)}`, PERSON]) {
    expect(await post('sessions', { repo: null }, { authorization })).toMatchObject({
      status: 401,
      error: { code: 'ACCESS_DENIED' },
    })
    expect((await open('/events', { headers: { ...OURS, authorization } })).statusCode).toBe(401)
  }
  expect(asked).toEqual([])
  const authorization = `Bearer ${mine}`
  // What it says of itself counts for nothing.
  expect(await post('sessions', { repo: null }, { authorization, 'x-worktrain-via': 'cli' })).toMatchObject({
    status: 200,
  })
  expect(asked).toEqual([{ kind: 'agent', session: 's1' }])
  await journal.append([noted('s2', 'of another'), noted('s1', 'of its own')])
  const stream = linesOf(await open('/events?session=s2', { headers: { ...OURS, authorization } }))
  expect((await stream.next()).value).toMatchObject({ id: 's1', data: { note: 'of its own' } })
})

test('names the field that is wrong', async () => {
  await serve()
  const answer = await post('run', { repo: '/r', sessions: [{ goal: 'a' }, { goal: '', ouns: [] }] })
  expect(answer).toMatchObject({ status: 400, ok: false, error: { code: 'USAGE' } })
  expect(answer.error?.message).toMatch(/^run: .*sessions\[1\]\.goal: /)
  expect(answer.error?.message).toContain('ouns')
  expect(await post('run', '{"repo":')).toMatchObject({
    status: 400,
    error: { code: 'USAGE', message: 'The request is not JSON.' },
  })
})

test('answers coded errors with their hint and details; unknown ones as INTERNAL, logged', async () => {
  await serve({
    session: async () => {
      throw new WorktrainError('WORK_UNSAVED', 'two commits', { details: { commits: 2 }, hint: 'land it' })
    },
    why: async () => {
      throw new TypeError('oops')
    },
  })
  const ref = { repo: null, name: 'x' }
  expect(await post('session', ref)).toMatchObject({
    status: 409,
    error: { code: 'WORK_UNSAVED', message: 'two commits', hint: 'land it', details: { commits: 2 } },
  })
  expect(logged).toEqual([])
  expect(await post('why', ref)).toMatchObject({ status: 500, error: { code: 'INTERNAL', message: 'oops' } })
  expect(logged).toEqual(['oops'])
  expect(await post('screen', ref)).toMatchObject({ status: 422, error: { code: 'UNAVAILABLE' } })
  for (const name of ['teleport', 'constructor', '__proto__', 'toString'])
    expect(await post(name, {})).toMatchObject({ status: 422, error: { code: 'SUPERVISOR_STALE' } })
})

test('refuses a body over 4 MiB, and takes one below', async () => {
  await serve({
    plan: async () => ({ sessions: [], target: null, checks: null, limits: {}, overlaps: [], waves: [] }),
  })
  const plan = (bytes: number) => ({ repo: '/r', file: 'p', text: 'x'.repeat(bytes) })
  expect((await post('plan', plan(1024 * 1024))).status).toBe(200)
  const large = await post('plan', plan(4 * 1024 * 1024)).catch((error: NodeJS.ErrnoException) => error)
  // The server may have hung up while we were still sending.
  if (large instanceof Error) expect(['EPIPE', 'ECONNRESET']).toContain((large as NodeJS.ErrnoException).code)
  else expect(large).toMatchObject({ status: 400, error: { code: 'USAGE' } })
})

test.each([
  ['another host', { host: 'localhost' }, 421],
  ['a host with a port', { host: 'worktrain:80' }, 421],
  ['a rebinding name', { host: 'worktrain.evil.example' }, 421],
  ['an origin', { origin: 'http://worktrain' }, 403],
  ['a null origin', { origin: 'null' }, 403],
  ['a browser', { 'sec-fetch-site': 'same-origin' }, 403],
  ['a form', { 'content-type': 'text/plain' }, 415],
])('refuses requests of %s', async (_, headers, status) => {
  let called = false
  await serve({
    status: async () => {
      called = true
      throw new Error('must not be reached')
    },
  })
  const answer = await post('status', {}, headers as unknown as Record<string, string>)
  expect(answer).toMatchObject({ status, ok: false })
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  expect(called).toBe(false)
  if (status !== 415)
    expect((await open('/events', { headers: { ...OURS, ...headers } })).statusCode).toBe(status)
})

test('nothing but the API is there', async () => {
  await serve()
  expect((await open('/')).statusCode).toBe(404)
  expect((await open('/api/status')).statusCode).toBe(404)
  expect((await open('/events?after=-1')).statusCode).toBe(400)
  expect((await open('/events?after=x')).statusCode).toBe(400)
})

test('streams what was and what comes, without gap or duplicate, while events are appended', async () => {
  await serve()
  await journal.append(Array.from({ length: 450 }, (_, n) => noted('s1', `${n}`)))
  const response = await open('/events?after=3')
  const seen: number[] = []
  const writing = (async () => {
    for (let n = 0; n < 50; n += 1) {
      await journal.append(Array.from({ length: 8 }, (_, m) => noted(`s${m}`, 'a')))
      await new Promise(setImmediate)
    }
  })()
  for await (const line of linesOf(response)) {
    if (line.heartbeat === undefined) seen.push(line.seq)
    if (seen.at(-1) === 850) break
  }
  await writing
  expect(seen).toEqual(Array.from({ length: 847 }, (_, index) => index + 4))
})

test('streams one session alone, with heartbeats when it is quiet', async () => {
  await serve({}, { heartbeatMs: 10 })
  await journal.append([noted('s1', 'a'), noted('s2', 'b')])
  const response = await open('/events?session=s2')
  let heartbeats = 0
  const ids: string[] = []
  for await (const line of linesOf(response)) {
    if (line.heartbeat !== undefined && (heartbeats += 1) === 3)
      await journal.append([noted('s1', 'c'), noted('s2', 'd')])
    if (line.heartbeat === undefined) ids.push(line.id)
    if (ids.length === 2) break
  }
  expect(ids).toEqual(['s2', 's2'])
})

test('a stream in which nothing comes has heartbeats, however much happens beside it', async () => {
  await serve({}, { heartbeatMs: 10 })
  const over = new AbortController()
  const beside = (async () => {
    while (!over.signal.aborted) {
      await journal.append([noted('s1', 'a')])
      await new Promise(setImmediate)
    }
  })()
  let heartbeats = 0
  for await (const line of linesOf(await open('/events?session=s2'))) {
    expect(line).toHaveProperty('heartbeat')
    if ((heartbeats += 1) === 3) break
  }
  over.abort()
  await beside
})

/** The journal, watched: how many pages were read, and when nobody listens any more. */
function watched() {
  const gone = Promise.withResolvers<void>()
  const counts = { pages: 0, listening: 0 }
  const source: Pick<Journal, 'read' | 'subscribe'> = {
    read(options) {
      counts.pages += 1
      return journal.read(options)
    },
    subscribe(listener) {
      counts.listening += 1
      const unsubscribe = journal.subscribe(listener)
      return () => {
        counts.listening -= 1
        unsubscribe()
        gone.resolve()
      }
    },
  }
  return { source, counts, gone: gone.promise }
}

test('drops a reader that takes nothing, having read one page for it', async () => {
  const { source, counts, gone } = watched()
  await serve({}, { stallMs: 100 }, source)
  const text = 'x'.repeat(50_000)
  for (let n = 0; n < 20; n += 1) await journal.append(Array.from({ length: 50 }, () => noted('s1', text)))
  const response = await open('/events')
  // Nobody reads the response: 1000 events of 50 kB are five pages, and the kernel holds a part of the first.
  await gone
  expect(counts.pages).toBe(1)
  await expect(response.toArray()).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test('a reader that left is forgotten', async () => {
  const { source, counts, gone } = watched()
  await serve({}, {}, source)
  const response = await open('/events')
  await linesOf(response).next()
  expect(counts.listening).toBe(1)
  response.destroy()
  await gone
  expect(counts.listening).toBe(0)
})

test('a stream that cannot go on breaks off instead of ending as if it were whole', async () => {
  await serve({}, {}, { subscribe: journal.subscribe, read: () => Promise.reject(new Error('disk on fire')) })
  const response = await open('/events')
  await expect(response.toArray()).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(logged).toEqual(['disk on fire'])
})

test('only this user reaches the socket', async () => {
  await serve()
  expect(lstatSync(join(directory, 'run')).mode & 0o777).toBe(0o700)
  expect(lstatSync(socketPath).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(directory, 'run'))).toEqual(['supervisor.sock'])
})

test('close ends streams, lets a call end, and removes the socket', async () => {
  const asked = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  const server = await serve({
    sessions: async () => {
      asked.resolve()
      await finish.promise
      return []
    },
  })
  const stream = linesOf(await open('/events'))
  expect((await stream.next()).value).toHaveProperty('heartbeat')
  const answer = post('sessions', { repo: null })
  await asked.promise
  const closed = server.close()
  expect((await stream.next()).done).toBe(true)
  expect(readdirSync(join(directory, 'run'))).toEqual([])
  finish.resolve()
  expect((await answer).ok).toBe(true)
  await closed
  await server.close()
})

test('replaces a socket nobody answers on; leaves one that somebody does', async () => {
  mkdirSync(join(directory, 'run'), { mode: 0o700 })
  // A process that dies leaves its socket file behind.
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])
  expect(lstatSync(socketPath).isSocket()).toBe(true)
  const server = await serve({ sessions: async () => [] })
  expect((await post('sessions', { repo: null })).ok).toBe(true)
  await expect(serve()).rejects.toMatchObject({ code: 'SUPERVISOR_BUSY' })
  expect((await post('sessions', { repo: null })).ok).toBe(true)
  await server.close()
})

test('close leaves the socket of a successor alone', async () => {
  const server = await serve()
  rmSync(socketPath)
  const successor = createSocketServer().listen(socketPath)
  await once(successor, 'listening')
  await server.close()
  expect(lstatSync(socketPath).isSocket()).toBe(true)
  successor.close()
})

test('refuses a file, a link or somebody else in its place', async () => {
  mkdirSync(join(directory, 'run'), { mode: 0o700 })
  writeFileSync(socketPath, 'precious')
  await expect(serve()).rejects.toThrow('not a socket')
  rmSync(join(directory, 'run'), { recursive: true })
  mkdirSync(join(directory, 'elsewhere'))
  symlinkSync(join(directory, 'elsewhere'), join(directory, 'run'))
  await expect(serve()).rejects.toThrow('not a directory')
})

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClient } from '../../src/client/api.ts'
import type { Client } from '../../src/client/api.ts'
import { ensureSupervisor } from '../../src/client/supervisor.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import type { Paths } from '../../src/platform/paths.ts'
import { startTimeOf } from '../../src/platform/processes.ts'

let directory: string
let paths: Paths
const entry = join(import.meta.dirname, 'supervisor-main.ts')
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'wt-client-'))
  paths = pathsFrom({ WORKTRAIN_HOME: directory, HOME: directory })
})
afterEach(async () => {
  for (const pid of started()) await ended(pid, 'SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

const log = () =>
  statSync(paths.supervisorLog, { throwIfNoEntry: false }) ? readFileSync(paths.supervisorLog, 'utf8') : ''
const started = () => [...log().matchAll(/^started (\d+)/gm)].map((match) => Number(match[1]))

async function ended(pid: number, signal?: NodeJS.Signals): Promise<void> {
  if (signal && startTimeOf(pid) !== null) process.kill(pid, signal)
  // Not our child once its starter has gone: there is no event to wait for.
  for (const deadline = Date.now() + 10_000; startTimeOf(pid) !== null; await delay(5))
    expect(Date.now()).toBeLessThan(deadline)
}

/** Its socket appears when it is ready; until then there is nothing to wait on but the clock. */
async function answering(client: Client): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; await delay(10)) {
    const view = await client.call('hello', { api: 1, version: '1' }).catch(() => null)
    if (view) return
    expect(Date.now()).toBeLessThan(deadline)
  }
}

const ensure = (env: Record<string, string> = {}, onStart?: () => void, built = 0) =>
  ensureSupervisor({
    paths,
    env: { WORKTRAIN_HOME: directory, HOME: directory, ...env },
    spawn: { node: process.execPath, entry },
    version: '1.0.0',
    built,
    via: 'cli',
    deadlineMs: 30_000,
    ...(onStart ? { onStart } : {}),
  })

test('a supervisor is started once, detached, and found again', async () => {
  let starts = 0
  const first = await ensure({}, () => (starts += 1))
  const second = await ensure({}, () => (starts += 1))
  expect(starts).toBe(1)
  const { pid } = await first.call('hello', { api: 1, version: '1' })
  expect((await second.call('hello', { api: 1, version: '1' })).pid).toBe(pid)
  expect(log()).toBe(`started ${pid} in /\n`)
  expect(statSync(paths.supervisorLog).mode & 0o777).toBe(0o600)
  expect(JSON.parse((await first.call('status', {})).log)).toEqual({ kind: 'person', via: 'cli' })
  if (process.platform !== 'linux') return
  // A session of its own: the terminal it was started from cannot hang it up.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  expect(Number(stat.slice(stat.lastIndexOf(')')).split(' ')[4])).toBe(pid)
})

test('many clients at once get one supervisor, also after it was killed', async () => {
  const pidsOf = async () => {
    const clients = await Promise.all(Array.from({ length: 12 }, () => ensure()))
    return Promise.all(
      clients.map(async (client) => (await client.call('hello', { api: 1, version: '1' })).pid),
    )
  }
  const first = new Set(await pidsOf())
  expect(first.size).toBe(1)
  await ended([...first][0]!, 'SIGKILL')
  const second = new Set(await pidsOf())
  expect(second.size).toBe(1)
  expect(started()).toEqual([...first, ...second])
})

test('an older supervisor is asked to end and replaced, by one of many', async () => {
  const old = createClient({ socketPath: paths.supervisorSocket, token: () => null })
  mkdirSync(paths.state, { recursive: true, mode: 0o700 })
  const out = openSync(paths.supervisorLog, 'a')
  const env = { WORKTRAIN_HOME: directory, HOME: directory, TEST_API: '0' }
  spawn(process.execPath, [entry], { env, stdio: ['ignore', out, out] })
  closeSync(out)
  await answering(old)
  const { pid } = await old.call('hello', { api: 1, version: '1' })
  const clients = await Promise.all(Array.from({ length: 6 }, () => ensure()))
  const pids = new Set(
    await Promise.all(
      clients.map(async (client) => (await client.call('hello', { api: 1, version: '1' })).pid),
    ),
  )
  expect(started()).toEqual([pid, ...pids])
  expect(pids.size).toBe(1)
  expect(startTimeOf(pid)).toBeNull()
})

test('one of an older build is replaced, but not by a session; one of a newer build is used', async () => {
  const pidOf = async (client: Client) => (await client.call('hello', { api: 1, version: '1' })).pid
  const built = (at: number) => ({ TEST_BUILT: String(at) })
  const old = await pidOf(await ensure(built(1), undefined, 1))
  expect(await pidOf(await ensure({ WORKTRAIN_TOKEN: 'of a session' }, undefined, 2))).toBe(old)
  const young = await pidOf(await ensure(built(2), undefined, 2))
  expect(young).not.toBe(old)
  expect(startTimeOf(old)).toBeNull()
  expect(await pidOf(await ensure(built(1), undefined, 1))).toBe(young)
  expect(started()).toEqual([old, young])
})

test('one that runs from its source stays', async () => {
  await ensure()
  await ensure({}, undefined, 1)
  expect(started()).toHaveLength(1)
})

test('a newer supervisor is left alone', async () => {
  const starting = ensure({ TEST_API: '2', TEST_VERSION: '9.9.9' })
  await expect(starting).rejects.toMatchObject({
    code: 'SUPERVISOR_STALE',
    message: expect.stringContaining('9.9.9') as string,
  })
  await expect(ensure()).rejects.toMatchObject({ code: 'SUPERVISOR_STALE' })
  expect(started()).toHaveLength(1)
  expect(startTimeOf(started()[0]!)).not.toBeNull()
})

test('a supervisor that cannot start is reported at once, with its own words', async () => {
  await expect(ensure({ TEST_FAIL: 'the journal is damaged' })).rejects.toMatchObject({
    code: 'SUPERVISOR_UNREACHABLE',
    message: expect.stringMatching(/exit 1.*\nfirst line\nthe journal is damaged$/s) as string,
  })
  await expect(
    ensureSupervisor({
      paths,
      env: {},
      spawn: { node: join(directory, 'no-node'), entry },
      version: '1',
      built: 0,
    }),
  ).rejects.toMatchObject({
    code: 'SUPERVISOR_UNREACHABLE',
    message: expect.stringContaining('ENOENT') as string,
  })
})

test('errors keep their code, hint and details over the wire', async () => {
  const client = await ensure()
  await expect(client.call('train', { repo: '/r' })).rejects.toMatchObject({
    name: 'WorktrainError',
    code: 'UNAVAILABLE',
  })
  await expect(client.call('run', { repo: '/r', sessions: [] })).rejects.toMatchObject({
    code: 'USAGE',
    exit: 2,
  })
})

test('nobody there is SUPERVISOR_UNREACHABLE: no socket, a dead one, one that hangs up', async () => {
  const client = createClient({ socketPath: join(directory, 's'), token: () => null })
  const call = () => client.call('status', {})
  await expect(call()).rejects.toMatchObject({
    code: 'SUPERVISOR_UNREACHABLE',
    details: { code: 'ENOENT', sent: false },
  })
  await expect(client.events()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'SUPERVISOR_UNREACHABLE',
  })
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(join(directory, 's'))}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])
  await expect(call()).rejects.toMatchObject({
    code: 'SUPERVISOR_UNREACHABLE',
    details: { code: 'ECONNREFUSED', sent: false },
  })
  rmSync(join(directory, 's'))
  const rude = createSocketServer((socket) => socket.once('data', () => socket.destroy())).listen(
    join(directory, 's'),
  )
  await once(rude, 'listening')
  await expect(call()).rejects.toMatchObject({
    code: 'SUPERVISOR_UNREACHABLE',
    hint: expect.stringContaining('done all the same') as string,
    details: { sent: true },
  })
  rude.close()
})

test('a token that was read before the supervisor made it, at its first start, is read anew', async () => {
  const given: (string | undefined)[] = []
  let made: string | null = null
  // Between the reading of a token and the asking a supervisor may have come: here it comes with the question.
  const first = createServer(({ headers, url }, response) => {
    given.push(headers.authorization)
    made ??= 'secret'
    if (headers.authorization !== 'Bearer secret') {
      response.writeHead(401).end('{"ok":false,"error":{"code":"ACCESS_DENIED","message":"who are you?"}}')
    } else if (url?.startsWith('/events')) response.end(`${JSON.stringify({ seq: 1 })}\n`)
    else response.end('{"ok":true,"result":{"pid":7}}')
  }).listen(join(directory, 's'))
  await once(first, 'listening')
  const client = createClient({ socketPath: join(directory, 's'), token: () => made })
  await expect(client.call('status', {})).resolves.toEqual({ pid: 7 })
  expect(given.splice(0)).toEqual(['Bearer', 'Bearer secret'])
  made = null
  await expect(client.events()[Symbol.asyncIterator]().next()).resolves.toMatchObject({ value: { seq: 1 } })
  expect(given.splice(0)).toEqual(['Bearer', 'Bearer secret'])
  // Whoever has the wrong one is not heard, and does not ask for ever.
  const stranger = createClient({ socketPath: join(directory, 's'), token: () => 'guessed' })
  await expect(stranger.call('status', {})).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
  expect(given).toEqual(['Bearer guessed'])
  first.close()
})

test('a call can be given up', async () => {
  const silent = createSocketServer().listen(join(directory, 's'))
  await once(silent, 'listening')
  const asked = once(silent, 'connection')
  const stop = new AbortController()
  const call = createClient({ socketPath: join(directory, 's'), token: () => null }).call(
    'status',
    {},
    { signal: stop.signal },
  )
  await asked
  stop.abort()
  await expect(call).rejects.toMatchObject({ name: 'AbortError' })
  silent.close()
})

test('events go on over a killed and restarted supervisor, without gap or duplicate', async () => {
  const client = await ensure()
  const stop = new AbortController()
  const seen: number[] = []
  await client.call('events', { limit: 300 })
  for await (const event of client.events({ after: 100, signal: stop.signal })) {
    seen.push(event.seq)
    if (event.seq === 300) {
      await ended(started()[0]!, 'SIGKILL')
      await (await ensure()).call('events', { limit: 300 })
    }
    if (event.seq === 600) stop.abort()
  }
  expect(started()).toHaveLength(2)
  expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => index + 101))
})

test('events end with an error when the supervisor stays away', async () => {
  const client = await ensure()
  await client.call('events', { limit: 1 })
  const following = async () => {
    for await (const _ of client.events({ patienceMs: 200 })) await ended(started()[0]!, 'SIGKILL')
  }
  await expect(following()).rejects.toMatchObject({ code: 'SUPERVISOR_UNREACHABLE' })
})

test('the client loads no schemas: starting a command must not pay for them', () => {
  const script = `
    import { registerHooks } from 'node:module'
    registerHooks({ load(url, context, next) { console.log(url); return next(url, context) } })
    await import(${JSON.stringify(join(import.meta.dirname, '../../src/client/api.ts'))})
    await import(${JSON.stringify(join(import.meta.dirname, '../../src/client/supervisor.ts'))})`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: {},
  })
  const loaded = stdout
    .trim()
    .split('\n')
    .filter((url) => url !== '')
  expect(
    loaded.filter(
      (url) => url.includes('node_modules') || url.endsWith('/protocol/api.ts') || url === 'node:sqlite',
    ),
  ).toEqual([])
  expect(loaded.some((url) => url.endsWith('/client/api.ts'))).toBe(true)
})

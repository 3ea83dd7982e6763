/** Groups 2, 3 and 5 of the attacks on the web board, on the built product: where it listens, and what it lets lie about. */
import { once } from 'node:events'
import { readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createClient } from '../../src/client/api.ts'
import { createBrowserClient } from '../../src/client/browser.ts'
import { HOST_SPEC, hostToken } from '../../src/platform/access.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { processesOf } from '../../src/platform/processes.ts'
import { WEB_PATHS } from '../../src/protocol/web.ts'
import type { WebAccess } from '../../src/protocol/web.ts'
import type { Outputs, WebView } from '../../src/protocol/api.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { filesBelow, listening, readOr } from './web/traces.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const web = (...args: string[]) => world.json<Outputs['webOpen']>(['web', ...args])
const list = () => world.json<WebView>(['web', '--list'])

/** As the page does it. */
async function post(port: number, path: string, body: unknown, token = '') {
  const origin = `http://127.0.0.1:${port}`
  return fetch(origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin, authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
}

async function letIn({ url, port }: Outputs['webOpen']): Promise<WebAccess> {
  const code = new URL(url).hash.replace('#code=', '')
  const answer = await post(port, WEB_PATHS.login, { code })
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { result: WebAccess }).result
}

test('nothing listens until it is asked for; then loopback alone; and nothing once it is stopped', async () => {
  await world.json(['ls'])
  const pid = await world.supervisor()
  expect(listening(pid)).toEqual([])
  const { port } = await web()
  const loopback = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  expect(listening(pid)).toEqual([loopback])
  expect((await web()).port).toBe(port)
  expect(listening(pid)).toEqual([loopback])
  expect((await world.json<WebView>(['web', '--stop'])).url).toBeNull()
  expect(listening(pid)).toEqual([])
})

test('access outlives a kill of the supervisor, ends with revoking, and lies nowhere in clear', async () => {
  await world.json(['run', 'Wait', '--name', 'agent', '--', '/bin/sh', '-c', 'env > env.txt; read -r line'])
  const opened = await web()
  const { token } = await letIn(opened)
  const call = () => post(opened.port, '/api/sessions', { repo: null }, token)
  expect((await call()).status).toBe(200)

  process.kill(await world.supervisor(), 'SIGKILL')
  // The next command starts another, which serves the board again at once.
  expect((await list()).access).toMatchObject([{ connections: 0 }])
  expect((await call()).status).toBe(200)

  // Neither in a file, nor in the arguments or the environment of any process of this world.
  const code = new URL(opened.url).hash.slice('#code='.length)
  const { id } = await world.until('agent', (s) => s.process.state === 'running', 'runs')
  const { token: person, sessionState } = pathsFrom(world.env)
  const [own, host] = [readOr(person).trim(), hostToken(sessionState(id))]
  const keptIn: Record<string, string | null> = {
    [token]: null,
    [code]: null,
    [own]: person,
    [host]: join(sessionState(id), HOST_SPEC),
  }
  for (const [secret, place] of Object.entries(keptIn)) {
    expect(secret.length).toBeGreaterThan(20)
    for (const path of filesBelow(world.dir)) expect(readOr(path).includes(secret), path).toBe(path === place)
    for (const pid of processesOf(null, `HOME=${world.home}`))
      for (const what of ['environ', 'cmdline'])
        expect(readOr(`/proc/${pid}/${what}`), `${what} of ${pid}`).not.toContain(secret)
  }
  for (const [name, mode] of [
    ['', 0o700],
    ['journal.db', 0o600],
    ['token', 0o600],
  ] as const)
    expect(statSync(join(world.dir, 'wt/state', name)).mode & 0o777, name).toBe(mode)

  const { access } = await list()
  expect((await world.cli(['web', '--revoke', 'nobody'])).code).toBe(1)
  expect((await world.json<WebView>(['web', '--revoke', access[0]!.id])).access).toEqual([])
  expect((await call()).status).toBe(401)
  process.kill(await world.supervisor(), 'SIGKILL')
  expect((await list()).access).toEqual([])
})

test('the person’s token, made anew, is the only one, and what was open by the old one has ended', async () => {
  await world.json(['ls'])
  const { token, supervisorSocket } = pathsFrom(world.env)
  const before = readOr(token).trim()
  const old = createClient({ socketPath: supervisorSocket, token: () => before })
  const following = old.events({ patienceMs: 0 })[Symbol.asyncIterator]()
  await following.next()
  await world.json(['daemon', 'stop'])
  rmSync(token)
  await world.json(['ls'])
  expect(readOr(token).trim()).not.toBe(before)
  await expect(old.call('sessions', { repo: null })).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
  const rest = async () => {
    for (let next = await following.next(); !next.done; next = await following.next());
  }
  await expect(rest()).rejects.toMatchObject({ code: expect.stringMatching(/DENIED|UNREACHABLE/) as string })
})

test('a session’s own token opens nothing here, and a browser lets in no other browser', async () => {
  await world.json([
    'run',
    'Tell',
    '--name',
    'agent',
    '--',
    '/bin/sh',
    '-c',
    'printf %s "$WORKTRAIN_TOKEN" > token',
  ])
  const { workspace } = await world.until('agent', (s) => s.process.state === 'exited', 'ends')
  const own = readFileSync(join(workspace.path, 'token'), 'utf8')
  expect(own).toContain('.')
  const opened = await web()
  for (const [path, body] of [
    ['/api/sessions', { repo: null }],
    [WEB_PATHS.ticket, { kind: 'events', after: 0 }],
  ] as const)
    expect((await post(opened.port, path, body, own)).status, path).toBe(401)
  const { token } = await letIn(opened)
  const refused = await post(opened.port, '/api/webOpen', { repo: null }, token)
  expect([refused.status, await refused.json()]).toMatchObject([403, { error: { code: 'SCOPE_EXCEEDED' } }])
})

test('a port that another program took meanwhile is left to it, and access for it ends', async () => {
  const first = await web()
  const { token } = await letIn(first)
  await world.json(['web', '--stop'])
  const thief = createServer().listen(first.port, '127.0.0.1')
  await once(thief, 'listening')
  const named = await world.cli(['web', '--port', String(first.port)])
  expect([named.code, named.stderr]).toMatchObject([1, /belongs to another program/])
  const second = await web()
  expect(second.port).not.toBe(first.port)
  expect(second.notes.join()).toContain('every browser has to be let in anew')
  expect((await list()).access).toEqual([])
  expect((await post(second.port, '/api/sessions', { repo: null }, token)).status).toBe(401)
  thief.close()
})

test('a token of the person that is made anew ends access, and the browser says how to get in again', async () => {
  const opened = await web()
  let access = await letIn(opened)
  const paths = pathsFrom(world.env)
  await world.client.call('shutdown', {})
  rmSync(paths.token)
  await world.json(['ls'])
  // It is not listed as one who could still come in.
  expect((await list()).access).toEqual([])
  const base = new URL(`http://127.0.0.1:${opened.port}/`)
  // What a browser adds by itself.
  const { fetch: plain } = globalThis
  vi.stubGlobal('fetch', (url: URL, init: RequestInit) =>
    plain(url, { ...init, headers: { ...init.headers, origin: base.origin } }),
  )
  onTestFinished(() => void vi.unstubAllGlobals())
  const store = { read: () => access, write: (given: WebAccess) => (access = given) }
  const browser = createBrowserClient(base, store)
  await expect(browser.call('sessions', { repo: null })).rejects.toThrow(
    /access was made anew .*Run `worktrain web` and open the address/s,
  )
  access = await letIn(await web())
  expect(await browser.call('sessions', { repo: null })).toEqual([])
})

test('what is shipped is files of our own: no script in the page, nothing of the development server', () => {
  const built = join(import.meta.dirname, '../../dist/web')
  const page = readFileSync(join(built, 'index.html'), 'utf8')
  const loaded = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path]) => path)
  expect(loaded.length).toBeGreaterThan(2)
  for (const path of loaded) expect(path).toMatch(/^\/assets\/[\w.-]+-[\w-]{8}\.(js|css|svg)$/)
  expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=/)
  for (const path of filesBelow(built))
    expect(readFileSync(path, 'utf8')).not.toMatch(/@vite\/client|import\.meta\.hot/)
})

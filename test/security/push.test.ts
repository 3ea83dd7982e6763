/** Notifications by push: who is written to, until when, what is told to whom; a real service on loopback. */
import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Journal } from '../../src/journal/journal.ts'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { isPublic, postOutward } from '../../src/platform/outward.ts'
import type { PushMessage } from '../../src/protocol/api.ts'
import type { Actor } from '../../src/protocol/index.ts'
import { type Context, createInOrder } from '../../src/supervisor/context.ts'
import { Accesses } from '../../src/supervisor/seat/accesses.ts'
import { Push } from '../../src/supervisor/seat/push.ts'
import { pushProjection } from '../../src/supervisor/seat/push-state.ts'
import { accessProjection } from '../../src/supervisor/seat/web-state.ts'
import { type PushService, newBrowser, startPushService } from './push-service.ts'

const SAID: PushMessage = {
  title: 'one needs you: failed',
  body: 'exited with code 3',
  about: { session: 's1' },
}
const NOW = Date.UTC(2026, 10, 28)
const cli: Actor = { kind: 'person', via: 'cli' }

let directory: string
let journal: Journal
let service: PushService
let accesses: Accesses
let push: Push
let ids = 0
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'wt-push-'))
  journal = await openSqliteJournal({
    path: join(directory, 'journal.db'),
    projections: [accessProjection, pushProjection],
    now: () => NOW,
  })
  service = await startPushService()
  await start()
})
afterEach(async () => {
  service.close()
  await journal.close()
  rmSync(directory, { recursive: true })
})

/** As a supervisor that begins. @param token the person's */
async function start(token = 'person', post: typeof postOutward = service.post): Promise<void> {
  const ctx = {
    ...{ journal, now: () => NOW, paths: { state: directory }, token, inOrder: createInOrder() },
    ...{ id: (prefix: string) => `${prefix}${ids++}`, log: { warn: () => {} } },
    stopping: new AbortController().signal,
  } as unknown as Context
  accesses = new Accesses(ctx)
  await accesses.load()
  push = new Push(ctx, accesses, post)
  await push.load()
}

/** A browser that was let in. */
async function letIn(label = 'a browser'): Promise<Actor & { kind: 'person' }> {
  const token = await accesses.grant(label)
  const found = accesses.find(token, 'browser')
  if (!found) throw new Error('not let in')
  return { kind: 'person', via: 'web', access: found.id }
}
const revoke = async ({ access = '' }: { access?: string }) => {
  const state = accesses.byId(access)
  await accesses.revoke(state ? [state] : [], 'asked', cli)
}
const keptIn = (name: string): string => readFileSync(join(directory, 'push', name), 'utf8')

test('a message can be read by the browser that asked alone, and is signed for its service', async () => {
  const [me, browser] = [await letIn(), newBrowser('one')]
  expect(readdirSync(directory)).not.toContain('push')
  expect(push.status(me)).toEqual({ here: null })
  expect(await push.begin(browser.address, me)).toMatchObject({
    here: { service: 'push.example', error: '' },
  })
  await push.send(SAID)
  const [first] = service.pushed
  if (!first) throw new Error('nothing was sent')
  const { path, headers, body } = first
  expect(path).toBe('/one')
  expect(browser.reads(body)).toEqual(SAID)
  expect(() => newBrowser('another').reads(body)).toThrow()
  expect(body).toHaveLength(4096)
  expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: '14400' })
  expect(headers).not.toHaveProperty('cookie')

  const [, said = '', signature = '', key = ''] =
    /^vapid t=(.+)\.([^.]+), k=(.+)$/.exec(headers.authorization ?? '') ?? []
  expect(key).toBe(push.key())
  const point = Buffer.from(key, 'base64url')
  const coordinate = (from: number): string => point.subarray(from, from + 32).toString('base64url')
  const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33) }
  const publicKey = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const }
  expect(verify('sha256', Buffer.from(said), publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
  expect(JSON.parse(Buffer.from(said.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
    aud: 'https://push.example',
  })
})

test('where a browser is written to, and by which key, this user alone can read; the journal is not told', async () => {
  const { address } = newBrowser('secret-place')
  await push.begin(address, await letIn())
  expect(statSync(join(directory, 'push')).mode & 0o777).toBe(0o700)
  await push.send(SAID)
  for (const name of ['addresses.json', 'key.json'])
    expect(statSync(join(directory, 'push', name)).mode & 0o777).toBe(0o600)
  const told = JSON.stringify(await journal.read({ after: 0, limit: 1000 }))
  expect(told).toContain('push.started')
  for (const secret of ['secret-place', address.p256dh, address.auth]) {
    expect(keptIn('addresses.json')).toContain(secret)
    expect(told).not.toContain(secret)
  }
})

test('it ends with its access, and nothing is sent from then on, over restarts', async () => {
  const [lost, kept] = [await letIn('lost'), await letIn('kept')]
  await push.begin(newBrowser('lost').address, lost)
  await push.begin(newBrowser('kept').address, kept)
  await revoke(lost)
  expect(push.views().map(({ who }) => who)).toEqual(['kept'])
  expect(keptIn('addresses.json')).not.toContain('lost')
  await push.send(SAID)
  expect(service.pushed.map(({ path }) => path)).toEqual(['/kept'])
  await expect(push.begin(newBrowser('lost').address, lost)).rejects.toMatchObject({ code: 'USAGE' })

  await start()
  await push.send(SAID)
  expect(service.pushed.map(({ path }) => path)).toEqual(['/kept', '/kept'])
  await start('another')
  expect(push.views()).toEqual([])
  await push.send(SAID)
  expect(service.pushed).toHaveLength(2)
})

test('an access that ended while nobody looked is written to no more', async () => {
  const me = await letIn()
  await push.begin(newBrowser('one').address, me)
  const { access = '' } = me
  const data = { why: 'asked' }
  await journal.append([
    { aggregate: 'access', id: access, type: 'access.revoked', data, actor: cli, cause: 'web' },
  ])
  await start()
  expect(push.views()).toEqual([])
  expect(keptIn('addresses.json')).not.toContain('/one')
})

test('a service that knows it no longer ends it; what else fails is shown until it works again', async () => {
  const me = await letIn()
  await push.begin(newBrowser('one').address, me)
  service.answers(503)
  await push.send(SAID)
  expect(push.status(me).here?.error).toBe('The push service answered 503.')
  const TEST = { title: 'Worktrain', body: 'This is how you are told.' }
  expect(await push.test(TEST, null)).toMatchObject([
    {
      ...{ channel: 'push', name: 'push.example for a browser', state: 'failed' },
      ...{
        said: 'The push service answered 503.',
        todo: expect.stringContaining('try again later') as string,
      },
    },
  ])
  expect(await push.test(TEST, await letIn('another'))).toEqual([])
  service.answers(307)
  await push.send(SAID)
  expect(push.status(me).here?.error).toBe('The push service answered 307.')
  service.answers(201)
  expect(await push.test(TEST, me)).toMatchObject([
    { state: 'told', said: expect.stringContaining('answered 201') as string },
  ])
  expect(push.status(me).here?.error).toBe('')
  for (const gone of [404, 410]) {
    await push.begin(newBrowser(`${gone}`).address, me)
    service.answers(gone)
    await push.send(SAID)
    expect(push.status(me)).toEqual({ here: null })
  }
})

test('one browser an access, and no more than a few', async () => {
  const me = await letIn()
  await push.begin(newBrowser('one').address, me)
  const again = newBrowser('one again').address
  await push.begin(again, me)
  // It was let in anew: it is still one browser, which is told once.
  const anew = await letIn()
  await push.begin(again, anew)
  expect(push.views()).toHaveLength(1)
  for (let more = 2; more <= 16; more++) await push.begin(newBrowser(`${more}`).address, await letIn())
  const last = await letIn()
  await expect(push.begin(newBrowser('17').address, last)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await push.end(anew)
  await push.begin(newBrowser('17').address, last)
  expect(push.views()).toHaveLength(16)
})

test('nobody but a browser that has access is notified', async () => {
  const { address } = newBrowser('one')
  for (const actor of [cli, { ...cli, access: 'w99' }, { kind: 'agent', session: 's1' } as const])
    await expect(push.begin(address, actor)).rejects.toMatchObject({ code: 'USAGE' })
})

test.each([
  { endpoint: 'http://push.example/a' },
  { endpoint: 'https://127.0.0.1/a' },
  { endpoint: 'https://me@push.example/a' },
  { endpoint: 'https://localhost/a' },
  { endpoint: 'https://push.example:22/a' },
  { p256dh: 'AAAA' },
  { auth: '' },
])('a browser that says %o is not taken', async (wrong) => {
  const me = await letIn()
  await expect(push.begin({ ...newBrowser('one').address, ...wrong }, me)).rejects.toMatchObject({
    code: 'USAGE',
  })
  expect(push.views()).toEqual([])
})

test.each(['127.0.0.1', '192.168.1.1', '169.254.169.254', '::1', '::ffff:127.0.0.1'])(
  'a name that leads to %s, beside a public address or later, is not connected to',
  async (address) => {
    let found = [{ address: '1.1.1.1', family: 4 }]
    const asked: string[] = []
    const reach = {
      lookup: async (name: string) => (asked.push(name), [...found, { address, family: 4 }]),
      allowed: isPublic,
      port: 443,
    }
    await start('person', (url, sent) => postOutward(url, sent, reach))
    const me = await letIn()
    await push.begin(newBrowser('one').address, me)
    for (found of [found, []]) {
      await push.send(SAID)
      expect(push.status(me).here?.error).toContain('not of the public internet')
    }
    expect(asked).toEqual(['push.example', 'push.example'])
    expect(service.pushed).toEqual([])
  },
)

/** Group 2 of the attacks: how secrets are compared, and to whom a browser says its own. */
import { once } from 'node:events'
import { type IncomingHttpHeaders, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createBrowserClient } from '../../src/client/browser.ts'
import { newToken, ownerOf, sameSecret, sessionToken } from '../../src/platform/access.ts'
import { WEB_PATHS, type WebAccess } from '../../src/protocol/web.ts'
import { OneTimeSecrets } from '../../src/server/web/secrets.ts'
import { filesOf, textOf } from '../quality/tree.ts'
import { ask, startScene } from './web/scene.ts'

const compared = vi.hoisted(() => vi.fn<(a: Uint8Array, b: Uint8Array) => void>())
vi.mock(import('node:crypto'), async (original) => {
  const crypto = await original()
  const timingSafeEqual: typeof crypto.timingSafeEqual = (a, b) => {
    compared(a as Uint8Array, b as Uint8Array)
    return crypto.timingSafeEqual(a, b)
  }
  return { ...crypto, timingSafeEqual }
})
beforeEach(() => compared.mockClear())

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

test('a secret is compared as a whole, whatever its length and however much of it is right', () => {
  const person = newToken()
  const codes = new OneTimeSecrets<null>(() => 0, 1000, 8)
  const { secret } = codes.make(null)
  const ways: [string, (given: string) => unknown][] = [
    [person, (given) => ownerOf(person, given) !== null],
    [sessionToken(person, 's1'), (given) => ownerOf(person, given) !== null],
    [secret, (given) => codes.take(given) !== null],
    [person, (given) => sameSecret(given, person)],
  ]
  for (const [right, knows] of ways)
    for (const given of ['', right.slice(0, -1), `${right}x`, `x${right.slice(1)}`, right]) {
      compared.mockClear()
      expect(knows(given)).toBe(given === right)
      expect(compared).toHaveBeenCalled()
      for (const [a, b] of compared.mock.calls) expect([a.length, b.length]).toEqual([32, 32])
    }
})

test('nowhere else is a secret compared', () => {
  const secret = String.raw`[\w.]*(?:[tT]oken|[sS]ecret|[tT]icket|authorization)`
  const plainly = new RegExp(`${secret} [!=]== (?!null|undefined|''|'string')|[!=]== ${secret}\\b`)
  const found = filesOf('src/server', 'src/host', 'src/platform', 'src/supervisor').flatMap((path) =>
    textOf(path)
      .split('\n')
      .filter((line) => plainly.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  )
  expect(found).toEqual([])
})

/** Another program at the port that a browser knows, which answers the proof as it likes; what it was told. */
async function impostor(prove: (challenge: string) => Promise<string>) {
  const told: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    told.push(request.headers)
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { challenge } = JSON.parse(body) as { challenge?: string }
      void prove(challenge ?? '').then((proof) => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ ok: true, result: { proof, ticket: 'x', token: 'x' } }))
      })
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return { told, base: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`) }
}

test('a browser says its token to nobody who cannot prove to have given it, not even who asks the one who can', async () => {
  const scene = await startScene()
  closing.push(() => scene.close())
  const login = await ask(scene, 'POST', WEB_PATHS.login, {
    body: JSON.stringify({ code: scene.listener.code().secret }),
  })
  const access = (JSON.parse(login.body) as { result: WebAccess }).result
  const store = { read: () => access, write: () => {} }
  const passedOn = async (challenge: string): Promise<string> => {
    const answer = await ask(scene, 'POST', WEB_PATHS.hello, { body: JSON.stringify({ challenge }) })
    return (JSON.parse(answer.body) as { result: { proof: string } }).result.proof
  }
  for (const prove of [async () => '', async () => newToken(), passedOn]) {
    const { told, base } = await impostor(prove)
    const client = createBrowserClient(base, store)
    await expect(client.call('sessions', { repo: null })).rejects.toMatchObject({
      code: 'SUPERVISOR_UNREACHABLE',
    })
    await expect(client.connect({ kind: 'events', after: 0 })).rejects.toThrow()
    expect(told.length).toBeGreaterThan(0)
    for (const headers of told) expect(JSON.stringify(headers)).not.toContain(access.token)
  }
})

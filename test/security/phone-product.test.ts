/** Groups 2, 3 and 11 of the attacks, on the built product: where it opens to the network, for whom, and for how long. */
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownAddresses } from '../../src/platform/addresses.ts'
import { processesOf } from '../../src/platform/processes.ts'
import type { Outputs, PhoneView } from '../../src/protocol/api.ts'
import { WEB_PATHS } from '../../src/protocol/web.ts'
import type { WebAccess } from '../../src/protocol/web.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { postTo, shownAt } from './web/pinned.ts'
import { filesBelow, listening, readOr } from './web/traces.ts'

/** Named in every call: this machine may have several. */
const address = ownAddresses(networkInterfaces()).find(({ address: each }) => each.includes('.'))?.address
const title = address ? 'in a network' : 'in a network (skipped: this machine is in none)'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const open = (...args: string[]) =>
  world.json<Outputs['phoneOpen']>(['phone', '--address', address ?? '', ...args])
const list = () => world.json<PhoneView>(['phone', '--list'])

async function letIn(opened: Outputs['phoneOpen']) {
  const ask = (path: string, body: unknown, token = '') => postTo(opened, path, body, token)
  const code = new URL(opened.url).hash.replace('#code=', '')
  const { status, body } = await ask(WEB_PATHS.login, { code })
  expect(status).toBe(200)
  const { token, phone } = (body as { result: WebAccess }).result
  return { token, phone, code, ask, call: (name: string, input: object) => ask(`/api/${name}`, input, token) }
}

describe.skipIf(!address)(title, () => {
  test('it listens on the one address, by its own certificate, until it is stopped or the supervisor ends', async () => {
    for (const never of ['0.0.0.0', '::', '127.0.0.1', 'localhost'])
      expect((await world.cli(['phone', '--address', never])).code, never).toBe(2)
    const pid = await world.supervisor()
    expect(listening(pid)).toEqual([])
    const opened = await open()
    const { port, hostname } = new URL(opened.url)
    const hex = Buffer.from(hostname.split('.').map(Number).toReversed()).toString('hex').toUpperCase()
    const socket = `${hex}:${Number(port).toString(16).toUpperCase().padStart(4, '0')}`
    expect(listening(pid)).toEqual([socket])
    expect(await shownAt(new URL(opened.url))).toMatchObject({ fingerprint256: opened.open.fingerprint })
    const plain = connectPlain(Number(port), hostname)
    plain.on('error', () => {})
    plain.write(`GET / HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`)
    let said = ''
    plain.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')))
    await once(plain, 'close')
    expect(said).not.toContain('HTTP')
    const doctor = await world.json<Outputs['doctor']>(['doctor'])
    expect(doctor.network).toEqual({ url: opened.open.url, until: null, phones: [] })
    expect((await world.json<PhoneView>(['phone', '--stop'])).open).toBeNull()
    expect(listening(pid)).toEqual([])

    // Where it was, by the certificate that it had; and never again by itself.
    const again = await open('--for', '8h')
    expect([new URL(again.url).port, again.open.fingerprint]).toEqual([port, opened.open.fingerprint])
    expect(again.open.until).toBeGreaterThan(Date.now() + 7 * 3_600_000)
    process.kill(pid, 'SIGKILL')
    expect(await list()).toMatchObject({ open: null, closed: 'the supervisor stopped' })
    expect(listening(await world.supervisor())).toEqual([])
    expect((await world.json<Outputs['doctor']>(['doctor'])).network).toBeNull()
  })

  test('a phone does what its scope says, here alone; what it is told lies nowhere; revoked it is cut off', async () => {
    const web = await world.json<Outputs['webOpen']>(['web'])
    const opened = await open('--name', 'pixel')
    const pixel = await letIn(opened)
    expect(pixel.phone).toEqual({ name: 'pixel', scope: 'answer' })
    expect((await pixel.ask(WEB_PATHS.login, { code: pixel.code })).status).toBe(401)
    expect((await pixel.call('sessions', { repo: null })).status).toBe(200)
    for (const [name, input] of [
      ['run', { repo: world.repo, sessions: [{ goal: 'Take over', agent: 'command', command: ['id'] }] }],
      ['trust', { repo: world.repo, yes: true }],
      ['grant', { repo: world.repo, name: 'one', what: 'start' }],
      ['phoneOpen', { name: 'mine' }],
      ['phoneRevoke', { name: null }],
      ['webOpen', { repo: null }],
      ['shutdown', {}],
    ] as const)
      expect(await pixel.call(name, input), name).toMatchObject({
        status: 403,
        body: { error: { code: 'SCOPE_EXCEEDED' } },
      })
    const tablet = await letIn(await open('--name', 'tablet', '--scope', 'look'))
    const note = { repo: world.repo, change: 'none' }
    expect(await tablet.call('trainHold', note)).toMatchObject({ status: 403 })
    expect(await pixel.call('trainHold', note)).not.toMatchObject({ status: 403 })

    // Each token is good at its own door: not on loopback, not on the unix socket, and the other way round.
    const loopback = (token: string, path: string, body: unknown) => {
      const { origin } = new URL(web.url)
      const headers = { 'content-type': 'application/json', origin, authorization: `Bearer ${token}` }
      return fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) })
    }
    const code = new URL(web.url).hash.replace('#code=', '')
    const login = await loopback('', WEB_PATHS.login, { code })
    const browser = ((await login.json()) as { result: WebAccess }).result.token
    expect((await loopback(pixel.token, '/api/sessions', { repo: null })).status).toBe(401)
    expect((await loopback(pixel.token, WEB_PATHS.ticket, { kind: 'events', after: 0 })).status).toBe(401)
    expect((await loopback(browser, '/api/phoneOpen', {})).status).toBe(403)
    const persons = readFileSync(join(world.dir, 'wt/state/token'), 'utf8').trim()
    for (const token of [browser, persons, '', `${pixel.token}x`])
      expect((await pixel.ask('/api/sessions', { repo: null }, token)).status).toBe(401)

    for (const path of filesBelow(world.dir)) {
      const text = readOr(path)
      expect(text.includes(pixel.token) || text.includes(pixel.code), path).toBe(false)
    }
    for (const pid of processesOf(null, `HOME=${world.home}`))
      for (const what of ['environ', 'cmdline'])
        expect(readOr(`/proc/${pid}/${what}`)).not.toMatch(new RegExp(`${pixel.token}|${pixel.code}`))
    expect(statSync(join(world.dir, 'wt/state/phone')).mode & 0o777).toBe(0o700)
    expect(statSync(join(world.dir, 'wt/state/phone/certificate.json')).mode & 0o777).toBe(0o600)

    const { hostname, port, host } = new URL(opened.url)
    const stream = connect({ host: hostname, port: Number(port), rejectUnauthorized: false })
    stream.on('error', () => {})
    stream.write(
      `GET /events?after=0 HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${pixel.token}\r\n\r\n`,
    )
    await once(stream, 'data')
    const ended = once(stream, 'close')
    stream.resume()
    expect((await list()).phones).toMatchObject([
      { name: 'pixel', scope: 'answer', connections: 1 },
      { name: 'tablet', scope: 'look' },
    ])
    const { phones } = await world.json<PhoneView>(['phone', '--revoke', 'pixel'])
    expect(phones.map(({ name }) => name)).toEqual(['tablet'])
    await ended
    expect((await pixel.call('sessions', { repo: null })).status).toBe(401)
    expect((await tablet.call('sessions', { repo: null })).status).toBe(200)

    const events = await world.client.call('events', {})
    const of = (type: string) => events.filter((event) => event.type === type).map(({ actor }) => actor)
    expect(of('phone.opened')[0]).toEqual({ kind: 'person', via: 'cli' })
    expect(of('access.granted')[0]).toEqual({ kind: 'person', via: 'phone', phone: pixel.phone })
    expect(of('access.revoked')).toEqual([{ kind: 'person', via: 'cli' }])
  })
})

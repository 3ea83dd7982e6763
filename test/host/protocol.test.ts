import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { FrameDecoder, decodeJsonPayload, encodeFrame, encodeJsonFrame } from '../../src/protocol/frames.ts'
import type { Frame } from '../../src/protocol/frames.ts'
import { FRAME, HOST_PROTOCOL, MAX_FRAME } from '../../src/protocol/host.ts'
import { TOKEN, cleanUp, follow, onCleanUp, sh, specFor, start, view } from './support.ts'
import type { TestHost } from './support.ts'

afterEach(cleanUp)

const hello = (more: Record<string, unknown> = {}): Uint8Array =>
  encodeJsonFrame(FRAME.hello, { protocol: HOST_PROTOCOL, role: 'control', token: TOKEN, ...more })

function header(length: number, type: number): Uint8Array {
  const bytes = Buffer.alloc(5)
  bytes.writeUInt32BE(length >>> 0)
  bytes.writeUInt8(type, 4)
  return bytes
}

async function connect(host: TestHost): Promise<Socket> {
  const socket = createConnection(host.socket)
  onCleanUp(() => void socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Random bytes, the same in every run. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed
  return Uint8Array.from({ length }, () => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16)
}

test('whoever breaks the rules is cut off, and nobody else notices', async () => {
  const host = await start(specFor(sh('exec cat')))
  const { control } = await follow(host)
  const viewer = await view(host)
  const request = (value: unknown): Uint8Array => encodeJsonFrame(FRAME.request, value)
  const abuses: [string, ...Uint8Array[]][] = [
    ['no hello', request({ id: 1, op: 'status' })],
    ['length zero', header(0, 1)],
    ['length above the limit', hello(), header(MAX_FRAME + 1, 2)],
    ['largest length', header(0xffffffff, 1)],
    ['hello without JSON', encodeFrame(FRAME.hello, noise(50, 3))],
    ['unknown role', hello({ role: 'root' })],
    ['host role', hello({ role: 'host' })],
    ['no token', hello({ token: undefined })],
    ['wrong token', hello({ token: 'another' })],
    ['wrong token of a viewer', hello({ role: 'viewer', token: '' })],
    ['another session', hello({ session: 'other' })],
    ['second hello', hello(), hello()],
    ['input on control', hello(), encodeFrame(FRAME.input, noise(5, 1))],
    ['request on viewer', hello({ role: 'viewer' }), request({ id: 1, op: 'kill', grace: 0 })],
    ['output from a viewer', hello({ role: 'viewer' }), encodeFrame(FRAME.output, noise(20, 1))],
    ['no size', hello({ role: 'viewer' }), encodeJsonFrame(FRAME.resize, { cols: -1, rows: 1e9 })],
    ['request without id', hello(), request({ op: 'status' })],
    ['request without JSON', hello(), encodeFrame(FRAME.request, noise(30, 7))],
    ['unknown frame', hello(), encodeFrame(200, noise(3, 1))],
    ...Array.from({ length: 40 }, (_, i): [string, Uint8Array] => [
      `noise ${i}`,
      Buffer.concat([header(0x7fffffff, 1), noise(i * 37 + 5, i)]),
    ]),
    ...Array.from({ length: 20 }, (_, i): [string, ...Uint8Array[]] => [
      `noise frame ${i}`,
      hello(),
      encodeFrame(FRAME.request, noise(i * 11 + 1, i)),
    ]),
  ]
  for (const [, ...parts] of abuses) {
    const socket = await connect(host)
    socket.resume()
    const closed = once(socket, 'close')
    for (const part of parts) socket.write(part)
    await closed
  }
  viewer.viewer.input(Buffer.from('still here\n'))
  await viewer.shows((lines) => lines.filter((line) => line === 'still here').length === 2)
  expect(await control.request({ op: 'status' })).toMatchObject({ running: true, viewers: 1 })
  expect(host.said()).toBe('')
})

test('another version learns ours, and is not served', async () => {
  const host = await start(specFor(sh('exec cat')))
  const socket = await connect(host)
  const frames: Frame[] = []
  const decoder = new FrameDecoder()
  socket.on('data', (chunk: Buffer) => frames.push(...decoder.push(chunk)))
  socket.write(hello({ protocol: 99 }))
  await once(socket, 'close')
  expect(frames.map(({ payload }) => decodeJsonPayload(payload))).toEqual([
    { protocol: HOST_PROTOCOL, role: 'host', session: host.spec.session, generation: 1 },
  ])
})

test('requests that make no sense are answered with what is wrong', async () => {
  const host = await start(specFor(sh('exec cat')))
  const { control } = await follow(host)
  const bad = [
    { op: 'nothing' },
    { op: 'toString' },
    { op: 'kill', grace: -1 },
    { op: 'kill', grace: 1e12 },
    { op: 'resize', cols: 0, rows: 24 },
    { op: 'resize', cols: 80, rows: 100_000 },
    { op: 'input' },
    { op: 'prompt', prompt: 'p1', keys: 'x' },
    { op: 'answer', question: 'x' },
    { op: 'guard', policy: { workspace: '/x' } },
    { op: 'acknowledge', seq: 1.5 },
  ]
  for (const request of bad)
    await expect(control.request(request as never)).rejects.toMatchObject({ code: 'USAGE' })
  expect(await control.request({ op: 'status' })).toMatchObject({ running: true })
})

test('control answers while a viewer is flooded', async () => {
  const host = await start(specFor(sh('exec yes')))
  await view(host)
  const { control } = await follow(host)
  for (let i = 0; i < 20; i++)
    expect(await control.request({ op: 'status' })).toMatchObject({ running: true })
  expect(await control.request({ op: 'kill', grace: 1000 })).toEqual({ left: [] })
})

const ROOM = fileURLToPath(new URL('../../src/host/', import.meta.url))
const sources = readdirSync(ROOM).map((name): [string, string] => [
  name,
  readFileSync(join(ROOM, name), 'utf8'),
])

test('output is never turned into text on its way', () => {
  const path = ['pty.ts', 'host.ts', 'ring.ts', 'rawlog.ts', 'viewers.ts', 'connection.ts', 'sequence.ts']
  const hops =
    /\.toString\(\s*['"]?(utf|ascii|latin|bin|hex|base64|\))|setEncoding|StringDecoder|TextDecoder|encoding: ['"]/
  for (const [name, text] of sources) if (path.includes(name)) expect.soft(text, name).not.toMatch(hops)
  expect(sources.find(([name]) => name === 'pty.ts')?.[1]).toContain('encoding: null')
})

test('a host imports little, and spawns nothing but its session', () => {
  const allowed =
    /^(node:(crypto|events|fs|http|net|os|path|util)|@lydell\/node-pty|@xterm\/(headless|addon-serialize)|\.\.\/(protocol|platform)\/[a-z-]+\.ts|\.\/[a-z-]+\.ts)$/
  for (const [name, text] of sources) {
    const imported = [...text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map((match) => match[1]!)
    expect(
      imported.filter((each) => !allowed.test(each)),
      name,
    ).toEqual([])
  }
})

test('a prompt is typed as a whole and once, whoever asks how often, and on record before', async () => {
  const host = await start(specFor(sh('exec cat')))
  const first = await follow(host)
  const ask = (prompt: string, ...keys: string[]) => ({ op: 'prompt', prompt, keys }) as const
  const viewer = await view(host)
  // The first one dies without an answer.
  void first.control.request(ask('p1', 'one', '\n')).catch(() => {})
  await first.record('prompted')
  first.control.close()
  const second = await follow(host)
  await Promise.all([
    second.control.request(ask('p1', 'one', '\n')),
    second.control.request(ask('p1', 'one', '\n')),
  ])
  // The next one is not given before it is known of this one.
  await expect(second.control.request(ask('p2', 'two', '\n'))).rejects.toThrow('not taken in yet')
  const { seq } = await second.record('prompted')
  await second.control.request({ op: 'acknowledge', seq })
  await second.control.request(ask('p2', 'two', '\n'))
  await viewer.shows((lines) => lines.filter((line) => line === 'two').length === 2)
  const shown = viewer.screen.text(null).lines.filter((line) => line !== '')
  expect(shown.filter((line) => line === 'one')).toHaveLength(2)
  const prompted = second.records.filter((each) => each.kind === 'prompted')
  expect(prompted).toMatchObject([{ prompt: 'p1' }, { prompt: 'p2' }])
})

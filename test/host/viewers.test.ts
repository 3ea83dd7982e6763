import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { FrameDecoder, decodeOffsetPayload, encodeJsonFrame } from '../../src/protocol/frames.ts'
import { FRAME, HOST_PROTOCOL } from '../../src/protocol/host.ts'
import { OutputRing } from '../../src/host/ring.ts'
import { SessionScreen } from '../../src/host/terminal.ts'
import { Viewers } from '../../src/host/viewers.ts'
import {
  TOKEN,
  cleanUp,
  follow,
  onCleanUp,
  sh,
  specFor,
  start,
  temporaryDirectory,
  until,
  view,
} from './support.ts'

afterEach(cleanUp)

/** 33 MB of coloured lines; each has a number of its own, so that a lost or doubled one shows. */
const LINES = 300_000
const flood = `awk 'BEGIN { for (i = 1; i <= ${LINES}; i++) printf "\\033[3%dm%0100d\\033[0m\\n", i % 8, i; print "THE END" }'`

test('a viewer that does not read stops nothing, and ends with the right screen', async () => {
  const host = await start(specFor(sh(`read go; ${flood}`)))
  const { control, record } = await follow(host)
  const socket = createConnection(host.socket)
  onCleanUp(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write(encodeJsonFrame(FRAME.hello, { protocol: HOST_PROTOCOL, role: 'viewer', token: TOKEN }))
  await until(async () => (await control.request({ op: 'status' })).viewers === 1)
  socket.pause()
  await control.request({ op: 'input', data: 'go\n' })
  expect(await record('exit')).toMatchObject({ code: 0 })
  const { bytes } = await control.request({ op: 'status' })
  expect(bytes).toBeGreaterThan(30 * 1024 * 1024)

  const screen = new SessionScreen({
    cols: 80,
    rows: 24,
    scrollback: 1000,
    reply: () => {},
    onTitle: () => {},
  })
  const decoder = new FrameDecoder()
  let received = 0
  const done = Promise.withResolvers<void>()
  socket.on('data', (chunk: Buffer) => {
    for (const { type, payload } of decoder.push(chunk)) {
      if (type === FRAME.output || type === FRAME.snapshot) {
        const { bytes: drawn } = decodeOffsetPayload(payload)
        received += drawn.length
        screen.write(drawn, () => {})
      } else if (type === FRAME.end) screen.barrier(done.resolve)
    }
  })
  socket.resume()
  await done.promise
  expect(received).toBeLessThan(bytes / 4)
  const final = await control.request({ op: 'screen' })
  expect(final.lines).toContain('THE END')
  expect(screen.text(null).lines).toEqual(final.lines)
})

test('viewers that come in the middle of a flood all end with the same screen and scrollback', async () => {
  // Everything stays in the scrollback, so that a line lost or doubled on the way shows at the end.
  const script = `read go; ${flood.replace(String(LINES), '12000')}`
  const host = await start(specFor(sh(script), { cols: 120, scrollback: 15_000 }))
  const first = await view(host)
  await until(() => first.snapshots.length === 1)
  first.viewer.input(Buffer.from('go\n'))
  const viewers = [first]
  for (let i = 1; i <= 4; i++) {
    await until(() => first.offset() > i * 200_000)
    viewers.push(await view(host))
  }
  for (const each of viewers) await each.ended
  const pictures = viewers.map((each) => Buffer.from(each.screen.snapshot()).toString())
  expect(pictures[0]).toContain(String(11_990).padStart(20, '0'))
  for (const picture of pictures) expect(picture).toBe(pictures[0])
  expect(new Set(viewers.map((each) => each.offset())).size).toBe(1)
})

test('what comes while a snapshot waits for the emulator follows it, once', async () => {
  const path = join(temporaryDirectory(), 's')
  const server = createServer().listen(path)
  const client = createConnection(path)
  const [[served]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ]
  onCleanUp(() => {
    client.destroy()
    server.close()
  })
  const screen = new SessionScreen({ cols: 80, rows: 24, scrollback: 10, reply: () => {}, onTitle: () => {} })
  const ring = new OutputRing()
  const viewers = new Viewers(
    screen,
    ring,
    () => {},
    () => {},
  )
  const output = (text: string): void => {
    const [bytes, offset] = [Buffer.from(text), ring.end]
    ring.push(bytes, screen.parsed)
    screen.write(bytes, () => {})
    viewers.output(bytes, offset)
  }
  for (let i = 0; i < 100; i++) output('before\r\n'.repeat(10_000))
  const snapshotAt = ring.end
  viewers.add(served, null, null)
  // The emulator has megabytes to read before the barrier: these come after it, unread.
  await until(() => screen.parsed > 0)
  output('after one\r\n')
  output('after two\r\n')
  const seen: [number, number, string][] = []
  const decoder = new FrameDecoder()
  for await (const chunk of client as AsyncIterable<Buffer>) {
    for (const { type, payload } of decoder.push(chunk)) {
      const { offset, bytes } = decodeOffsetPayload(payload)
      seen.push([type, offset, Buffer.from(bytes).toString()])
    }
    if (seen.length === 2) break
  }
  expect(seen[0]).toEqual([FRAME.snapshot, snapshotAt, expect.not.stringContaining('after')])
  expect(seen[1]).toEqual([FRAME.output, snapshotAt, 'after one\r\nafter two\r\n'])
})

test('a viewer that comes in the middle of a sequence sees no half of it', async () => {
  const host = await start(
    specFor(
      sh(
        `stty -echo; printf 'one \\033[3'; read a; printf '1mred\\033[0m \\303'; read b; printf '\\251\\n'; read c`,
      ),
    ),
  )
  const before = await view(host)
  await before.shows((lines) => lines[0]!.startsWith('one'))
  const second = await view(host)
  await until(() => second.snapshots.length === 1)
  before.viewer.input(Buffer.from('\n'))
  await before.shows((lines) => lines.join().includes('red'))
  const third = await view(host)
  await until(() => third.snapshots.length === 1)
  before.viewer.input(Buffer.from('\n'))
  for (const each of [before, second, third]) await each.shows((lines) => lines.join().includes('é'))
  const [first, ...others] = [before, second, third].map((each) =>
    Buffer.from(each.screen.snapshot()).toString(),
  )
  expect(first).toContain('\x1b[31mred')
  for (const other of others) expect(other).toBe(first)
})

test('a viewer that was there goes on where it was; of another generation, it gets a snapshot', async () => {
  const host = await start(specFor(sh(`printf abc; read a; printf def; read b`)))
  const first = await view(host)
  await first.shows((lines) => lines[0] === 'abc')
  const since = first.offset()
  first.viewer.input(Buffer.from('\n'))
  await first.shows((lines) => lines.includes('def'))
  const again = await view(host, { since, generation: 1 })
  await again.shows((lines) => lines.join().includes('def'))
  expect(again.snapshots).toHaveLength(0)
  expect(again.bytes().toString()).not.toContain('abc')
  const old = await view(host, { since, generation: 7 })
  await until(() => old.snapshots.length === 1)
  const mad = await view(host, { since: 10 ** 9, generation: 1 })
  await until(() => mad.snapshots.length === 1)
})

test("the most recent viewer's size is the session's, and goes back when it leaves", async () => {
  const host = await start(specFor(sh(`trap 'stty size' WINCH; echo ready; while :; do read x; done`)))
  const wide = await view(host, { cols: 120, rows: 40 })
  await wide.shows((lines) => lines.includes('40 120'))
  const narrow = await view(host, { cols: 60, rows: 20 })
  await wide.shows((lines) => lines.includes('20 60'))
  narrow.viewer.resize(70, 30)
  await wide.shows((lines) => lines.includes('30 70'))
  narrow.viewer.close()
  await wide.shows((lines) => lines.filter((line) => line === '40 120').length === 2)
  const { control } = await follow(host)
  expect(await control.request({ op: 'status' })).toMatchObject({ cols: 120, rows: 40, viewers: 1 })
})

test('every byte passes unchanged: to viewers, to the raw log, and from the keyboard', async () => {
  const host = await start(
    specFor(
      sh(
        `stty raw -echo; printf ready; dd bs=1 count=256 2>/dev/null | od -An -v -tu1 | tr -s ' \\n' ' '; printf '\\377\\376\\200\\001\\000end'; cat`,
      ),
    ),
  )
  const viewer = await view(host)
  await until(() => viewer.bytes().includes('ready'))
  viewer.viewer.input(Uint8Array.from({ length: 256 }, (_, i) => i))
  await until(() => viewer.bytes().includes('end'))
  const text = viewer.bytes().toString('latin1')
  expect(text).toContain(Array.from({ length: 256 }, (_, i) => i).join(' '))
  expect(text).toContain('\xff\xfe\x80\x01\x00end')
  const log = readFileSync(join(host.spec.stateDir, 'raw.log'))
  expect(log.toString('latin1')).toContain('\xff\xfe\x80\x01\x00end')
})

test('the raw log keeps the last bytes in two files of half the cap', async () => {
  const host = await start(specFor(sh(`seq 1 60000`), { rawLogCap: 100_000 }))
  const { record } = await follow(host)
  await record('exit')
  const [older, newer] = ['raw.log.1', 'raw.log'].map((name) => join(host.spec.stateDir, name))
  expect(statSync(older!).size).toBe(50_000)
  expect(statSync(newer!).size).toBeLessThanOrEqual(50_000)
  const kept = readFileSync(older!, 'latin1') + readFileSync(newer!, 'latin1')
  const numbers = kept.split('\r\n').slice(1, -1).map(Number)
  expect(numbers.at(-1)).toBe(60_000)
  expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i))
})

test('the screen is written down when the session falls silent', async () => {
  const host = await start(specFor(sh(`printf '\\033[?25lcheckpoint'; exec cat`)))
  const file = join(host.spec.stateDir, 'screen.ansi')
  const picture = await until(() => {
    try {
      return readFileSync(file, 'latin1')
    } catch {
      return null
    }
  }, 'screen.ansi')
  expect(picture).toContain('checkpoint')
  expect(picture).toContain('\x1b[?25l')
})

/**
 * Group 10 of the attacks: the host protocol under frames made up at random. Which ones is told by the commit, so
 * that a run can be repeated and a day's commits try many; a failure names its seed.
 */
import { once } from 'node:events'
import { type Socket, connect, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Roles, serveConnection } from '../../src/host/connection.ts'
import { FrameDecoder, FrameError, encodeFrame, encodeJsonFrame } from '../../src/protocol/frames.ts'
import { FRAME, HOST_PROTOCOL } from '../../src/protocol/host.ts'
import { cleanUp, follow, onCleanUp, sh, specFor, start, view } from '../host/support.ts'
import { random } from '../fixtures/random.ts'
import { every, seedOf } from '../fixtures/sample.ts'
import { framesAtRandom, oddValue, pick } from './frames-at-random.ts'

afterEach(cleanUp)

const ROUNDS = every ? 10_000 : 500
const hello = (more: Record<string, unknown>): Uint8Array =>
  encodeJsonFrame(FRAME.hello, { protocol: HOST_PROTOCOL, session: 's1', ...more })

/** Right frames: with a wrong token, and what may follow a hello. */
const FOLLOWING = [
  encodeFrame(FRAME.input, Buffer.from('rm -rf /\r')),
  encodeJsonFrame(FRAME.resize, { cols: 80, rows: 24 }),
  encodeJsonFrame(FRAME.request, { id: 1, op: 'kill', grace: 0 }),
]
const STRANGERS = [hello({ role: 'control', token: 'wrong' }), hello({ role: 'viewer' }), ...FOLLOWING]

/** As the protocol says it: what a stream holds, up to what is refused. */
function said(bytes: Buffer, max: number): string[] {
  const seen: string[] = []
  for (let at = 0; bytes.length - at >= 5;) {
    const length = bytes.readUInt32BE(at)
    if (length === 0 || length > max) return [...seen, 'refused']
    const end = at + 4 + length
    if (end > bytes.length) break
    seen.push(`${bytes[at + 4]} ${bytes.subarray(at + 5, end).toString('hex')}`)
    at = end
  }
  return seen
}

test('a stream of frames is read or refused, wherever it is cut, and nothing else', () => {
  const seed = seedOf('decoder')
  const next = random(seed)
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = framesAtRandom(next, STRANGERS)
    const read = (cut: () => number): string[] => {
      const decoder = new FrameDecoder(4096)
      const seen: string[] = []
      try {
        for (let at = 0; at < bytes.length;) {
          const to = at + cut()
          for (const { type, payload } of decoder.push(bytes.subarray(at, to)))
            seen.push(`${type} ${Buffer.from(payload).toString('hex')}`)
          at = to
        }
      } catch (error) {
        if (!(error instanceof FrameError)) throw error
        seen.push('refused')
      }
      return seen
    }
    const whole = said(Buffer.from(bytes), 4096)
    const cut = read(() => 1 + next(9))
    const why = `seed ${seed}, round ${round}`
    expect(
      read(() => 1),
      why,
    ).toEqual(whole)
    expect(cut.at(-1) === 'refused', why).toBe(whole.at(-1) === 'refused')
    // What came together with what is refused is not read.
    if (cut.at(-1) === 'refused') expect(whole.slice(0, cut.length - 1), why).toEqual(cut.slice(0, -1))
    else expect(cut, why).toEqual(whole)
  }
})

describe('whoever connects to a host', () => {
  /** A connection served by the host's code, and what it reached. */
  async function served(): Promise<{ dial: () => Promise<Socket>; reached: string[] }> {
    const reached: string[] = []
    const roles: Roles = {
      hello: { protocol: HOST_PROTOCOL, role: 'host', session: 's1', generation: 1 },
      token: 'the token',
      control: () => (reached.push('control'), (payload) => void reached.push(`request ${typeof payload}`)),
      viewer: () => (reached.push('viewer'), ({ cols, rows }) => void reached.push(`${cols}x${rows}`)),
      input: () => void reached.push('input'),
    }
    const server = createServer((socket) => serveConnection(socket, roles)).listen(0, '127.0.0.1')
    onCleanUp(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    return {
      reached,
      dial: async () => {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => {})
        await once(socket, 'connect')
        return socket
      },
    }
  }

  /** Says it, hangs up, and waits until it was heard. */
  async function say(socket: Socket, bytes: Uint8Array): Promise<void> {
    const closed = once(socket, 'close')
    socket.resume()
    socket.end(bytes)
    await closed
  }

  test('reaches nothing without its token', async () => {
    const { dial, reached } = await served()
    const seed = seedOf('strangers')
    const next = random(seed)
    for (let round = 0; round < ROUNDS; round++) {
      await say(await dial(), framesAtRandom(next, STRANGERS))
      expect(reached, `seed ${seed}, round ${round}`).toEqual([])
    }
  })

  test.each(['control', 'viewer'])('reaches with it nothing but what a %s may', async (role) => {
    const { dial, reached } = await served()
    const seed = seedOf(role)
    const next = random(seed)
    const own = role === 'control' ? /^(control|request object)$/ : /^(viewer|input|\d+x\d+)$/
    for (let round = 0; round < ROUNDS / 5; round++) {
      const right = hello({ role, token: 'the token', ...(next(2) ? { since: oddValue(next) } : {}) })
      await say(await dial(), Buffer.concat([right, framesAtRandom(next, FOLLOWING)]))
      expect(
        reached.filter((each) => !own.test(each)),
        `seed ${seed}, round ${round}`,
      ).toEqual([])
      for (const size of reached.filter((each) => /^\d+x\d+$/.test(each)))
        expect(Math.max(...size.split('x').map(Number))).toBeLessThanOrEqual(4096)
      reached.length = 0
    }
  })
})

test('a host answers every request with a result or a reason, and goes on', async () => {
  const host = await start(specFor(sh('exec cat')))
  const { control } = await follow(host)
  const watcher = await view(host)
  const seed = seedOf('requests')
  const next = random(seed)
  const ops = ['status', 'subscribe', 'acknowledge', 'screen', 'resize', 'answer', 'guard', 'tell', 'hold']
  const fields = ['since', 'seq', 'cols', 'rows', 'question', 'body', 'policy', 'main', 'text', 'ms', 'grace']
  const asked: Promise<unknown>[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const request = Object.fromEntries(fields.filter(() => next(2)).map((field) => [field, oddValue(next)]))
    const op = next(8) ? pick(next, ops) : oddValue(next)
    const answer = control.request({ ...request, op } as never)
    asked.push(
      answer.catch((error: { code?: string }) =>
        expect(['USAGE', 'QUESTION_UNKNOWN'], `seed ${seed}`).toContain(error.code),
      ),
    )
  }
  await Promise.all(asked)
  await control.request({ op: 'release' })
  await control.request({ op: 'resize', cols: 80, rows: 24 })
  watcher.viewer.input(Buffer.from('still here\n'))
  await watcher.shows((lines) => lines.filter((line) => line === 'still here').length === 2)
  expect(await control.request({ op: 'status' })).toMatchObject({ running: true, viewers: 1 })
  expect(host.said()).toBe('')
})

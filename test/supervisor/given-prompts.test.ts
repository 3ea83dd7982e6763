/** What follows when a host does not take a prompt: on a real socket, with a host that answers what the test says. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { HOST_SPEC } from '../../src/platform/access.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { FrameDecoder, decodeJsonPayload, encodeFrame, encodeJsonFrame } from '../../src/protocol/frames.ts'
import { FRAME, HOST_PROTOCOL, type HostRecord } from '../../src/protocol/host.ts'
import { sessionProjection } from '../../src/sessions/evolve.ts'
import { type Context, createInOrder, sessionState } from '../../src/supervisor/context.ts'
import type { RepositoryContext } from '../../src/supervisor/repositories.ts'
import { Hosts } from '../../src/supervisor/session/hosts.ts'
import { Prompts } from '../../src/supervisor/session/prompts.ts'
import { warningsOf } from '../../src/supervisor/session/warnings.ts'
import { event, observed, planned } from '../sessions/fixtures.ts'

type Answer = { ok: true; result: unknown } | { ok: false; error: { code: string; message: string } }

const PERSON = { kind: 'person', via: 'test' } as const
const REPO = { repository: { root: '/r' } } as unknown as RepositoryContext
const no = (code: string, message: string): Answer => ({ ok: false, error: { code, message } })

const cleanups: (() => unknown)[] = []
let ctx: Context
let hosts: Hosts
let prompts: Prompts
beforeEach(async () => {
  const home = mkdtempSync(join(tmpdir(), 'wt-given-'))
  cleanups.push(() => rmSync(home, { recursive: true, force: true }))
  const paths = pathsFrom({ HOME: home, WORKTRAIN_HOME: home })
  const path = join(paths.state, 'journal.db')
  const journal = await openSqliteJournal({ path, projections: [sessionProjection], now: Date.now })
  cleanups.push(() => journal.close())
  let ids = 0
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const stopping = new AbortController().signal
  const more = { now: Date.now, id: (kind: string) => `${kind}${++ids}`, env: {}, log, stopping }
  ctx = { journal, paths, inOrder: createInOrder(), ...more } as unknown as Context
  hosts = new Hosts(ctx)
  cleanups.push(() => hosts.close())
  prompts = new Prompts(ctx, hosts)
  const nothing = async (): Promise<void> => {}
  hosts.follow({
    turnEnded: nothing,
    processEnded: nothing,
    filesTouched: () => {},
    recordTaken: (id) => prompts.recordTaken(id),
  })
  const made = { path: '/w/fix', gitDir: '/w/fix/.git', dev: 1, ino: 2, token: 't' }
  const launch = {
    generation: 1,
    conversation: 'c1',
    headless: false,
    rung: 'bubblewrap',
    rungWhy: '',
  } as const
  await journal.append([
    planned('s1', 'fix'),
    event('s1', 3, 'workspace.made', made),
    event('s1', 4, 'process.launching', launch),
    event('s1', 5, 'process.started', { generation: 1, pid: 99 }),
    observed('s1', 6, 'idle'),
  ])
})
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** A host at the session's socket. @param prompt answers each prompt, and may tell a record */
async function listen(prompt: (tell: (record: HostRecord) => void) => Answer): Promise<void> {
  const state = ctx.paths.sessionState('s1')
  mkdirSync(state, { recursive: true })
  writeFileSync(join(state, HOST_SPEC), JSON.stringify({ token: 't' }))
  const path = hosts.socketOf('s1')
  mkdirSync(dirname(path), { recursive: true })
  const serve = (socket: Socket): void => {
    const decoder = new FrameDecoder()
    const tell = (record: HostRecord): void =>
      void socket.write(encodeFrame(FRAME.record, Buffer.from(JSON.stringify(record))))
    const answer = (op: unknown): Answer => {
      if (op === 'status') return { ok: true, result: { bracketedPaste: true } }
      return op === 'prompt' ? prompt(tell) : { ok: true, result: null }
    }
    const hello = { protocol: HOST_PROTOCOL, role: 'host', session: 's1', generation: 1 } as const
    socket.on('data', (chunk: Buffer) => {
      for (const { type, payload } of decoder.push(chunk)) {
        const { id, op } = decodeJsonPayload(payload)
        if (type === FRAME.hello) socket.write(encodeJsonFrame(FRAME.hello, hello))
        else socket.write(encodeJsonFrame(FRAME.response, { id, ...answer(op) }))
      }
    })
    socket.on('error', () => {})
  }
  const server = createServer(serve).listen(path)
  await new Promise((resolve) => server.once('listening', resolve))
  cleanups.push(() => server.close())
  expect(await hosts.adopt('s1', 1)).toBe(true)
}

const send = (text: string): Promise<void> =>
  ctx.inOrder('s1', () => prompts.send(REPO, 's1', text, 'person', PERSON))

test('a host of an earlier version, which knows no prompts, is said to be one, and the prompt waits', async () => {
  await listen(() => no('USAGE', 'The host knows no request "prompt".'))
  await expect(send('Go on')).rejects.toMatchObject({
    code: 'HOST_OUTDATED',
    message: expect.stringMatching(/fix was started by an earlier version.*What you said waits\.$/),
    hint: expect.stringContaining('worktrain stop fix'),
  })
  const s = await sessionState(ctx, 's1')
  expect(s.queue).toMatchObject([{ text: 'Go on' }])
  expect(warningsOf(s, { rung: 'bubblewrap', why: '' }, hosts.isOutdated('s1'))).toEqual([
    'its host is of an earlier version of Worktrain, and what was said to it waits: worktrain stop fix; worktrain resume fix',
  ])
})

test.for(['SESSION_BUSY', 'DIALOG_OPEN'])(
  'what is refused with %s is given once the host is heard',
  async (code) => {
    let asked = 0
    const done = Promise.withResolvers<void>()
    await listen((tell) => {
      if (asked++ > 0) {
        done.resolve()
        return { ok: true, result: null }
      }
      tell({ seq: 1, at: 7, generation: 1, kind: 'title', title: 'x' })
      return no(code, 'Not now.')
    })
    await send('Go on')
    await done.promise
    await hosts.settled('s1')
    const s = await sessionState(ctx, 's1')
    expect([s.queue, s.given]).toMatchObject([[], [{ text: 'Go on' }]])
    expect(asked).toBe(2)
  },
)

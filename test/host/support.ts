/** Real hosts with real terminals, each in a directory of its own, gone after the test. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HostControl, HostViewer } from '../../src/client/host.ts'
import type { ViewerOptions } from '../../src/client/host.ts'
import { SESSION_MARKER, sweepOrphans } from '../../src/platform/end.ts'
import { SessionScreen } from '../../src/host/terminal.ts'
import { HOST_PROTOCOL } from '../../src/protocol/host.ts'
import type { HostRecord, HostSpec } from '../../src/protocol/host.ts'

export const MAIN = fileURLToPath(new URL('../../src/host/main.ts', import.meta.url))
const DEADLINE = 20_000

const cleanups: (() => Promise<void> | void)[] = []

/** For `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const clean of cleanups.splice(0).reverse()) await clean()
}

export function onCleanUp(clean: () => Promise<void> | void): void {
  cleanups.push(clean)
}

/** Waits for something of which there is no event. */
export async function until<T>(look: () => T | Promise<T>, what = look.toString()): Promise<NonNullable<T>> {
  const end = Date.now() + DEADLINE
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'wt-host-'))
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** What the hosts of these tests want to hear. */
export const TOKEN = 'a token'

export function specFor(argv: string[], more: Partial<HostSpec> = {}): HostSpec {
  const directory = temporaryDirectory()
  const session = more.session ?? `t${randomBytes(6).toString('hex')}`
  return {
    protocol: HOST_PROTOCOL,
    session,
    generation: 1,
    argv,
    cwd: directory,
    cols: 80,
    rows: 24,
    scrollback: 1000,
    runDir: join(directory, 'run'),
    token: TOKEN,
    stateDir: join(directory, 'state'),
    rawLogCap: 1024 * 1024,
    hooks: null,
    guard: null,
    ...more,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: directory,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      [SESSION_MARKER]: session,
      ...more.env,
    },
  }
}

export interface TestHost {
  spec: HostSpec
  process: ChildProcess
  socket: string
  /** What it wrote to standard error, but for what a busy machine alone is to blame for. */
  said: () => string
  /** Settles when the process has ended. */
  ended: Promise<number | null>
}

/** Of the terminal's library, where it was kept from the processor. */
const SLOW = /^task queue exceeded allotted deadline by \d+ms\n/gm

/**
 * Starts a host without waiting for it.
 * @param through a program and its arguments that start it in turn
 */
export function launch(spec: HostSpec, through: string[] = []): TestHost {
  const file = join(temporaryDirectory(), 'spec.json')
  writeFileSync(file, JSON.stringify(spec))
  const [program = '', ...args] = [...through, process.execPath, MAIN, file]
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  cleanups.push(async () => {
    child.kill('SIGKILL')
    await ended
    await sweepOrphans(spec.session)
  })
  return {
    spec,
    process: child,
    socket: join(spec.runDir, 'host.sock'),
    said: () => said.replace(SLOW, ''),
    ended,
  }
}

/** Starts a host and waits until it has written host.json. */
export async function start(spec: HostSpec, through: string[] = []): Promise<TestHost> {
  const host = launch(spec, through)
  const identity = join(spec.runDir, 'host.json')
  await until(() => {
    if (host.process.exitCode !== null) throw new Error(`the host ended: ${host.said()}`)
    return existsSync(identity) && readFileSync(identity, 'utf8').includes(String(host.process.pid))
  }, 'host.json')
  return host
}

export interface Watch {
  control: HostControl
  records: HostRecord[]
  /** The first record, past or to come, that fits. */
  record: <K extends HostRecord['kind']>(
    kind: K,
    fits?: (record: Extract<HostRecord, { kind: K }>) => boolean,
  ) => Promise<Extract<HostRecord, { kind: K }>>
}

/** A control connection that follows the records. */
export async function follow(host: TestHost, since = 0): Promise<Watch> {
  const control = await HostControl.connect(host.socket, { token: TOKEN })
  cleanups.push(() => control.close())
  const records: HostRecord[] = []
  const waiting = new Set<() => void>()
  control.onRecord((record) => {
    records.push(record)
    for (const look of waiting) look()
  })
  await control.request({ op: 'subscribe', since })
  return {
    control,
    records,
    record: (kind, fits = () => true) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = records.find((each) => each.kind === kind && fits(each as never))
          if (found === undefined) return
          waiting.delete(look)
          resolve(found as never)
        }
        waiting.add(look)
        look()
      }),
  }
}

export interface TestViewer {
  viewer: HostViewer
  screen: SessionScreen
  /** Raw bytes, snapshots included. */
  bytes: () => Buffer
  snapshots: { offset: number; bytes: Uint8Array }[]
  offset: () => number
  ended: Promise<{ code: number | null; signal: string | null }>
  /** Settles when what the viewer shows, once drawn, fits. */
  shows: (fits: (lines: string[]) => boolean) => Promise<void>
}

/** A viewer with an emulator of its own. */
export async function view(host: TestHost, options: Omit<ViewerOptions, 'token'> = {}): Promise<TestViewer> {
  const { cols = host.spec.cols, rows = host.spec.rows, scrollback } = host.spec
  const screen = new SessionScreen({ cols, rows, scrollback, reply: () => {}, onTitle: () => {} })
  const all: Uint8Array[] = []
  const snapshots: TestViewer['snapshots'] = []
  const waiting = new Set<() => void>()
  const ended = Promise.withResolvers<{ code: number | null; signal: string | null }>()
  let offset = options.since ?? 0
  const draw = (bytes: Uint8Array): void => {
    all.push(bytes)
    screen.write(bytes, () => {
      for (const look of waiting) look()
    })
  }
  const viewer = await HostViewer.connect(
    host.socket,
    {
      output: (bytes, at) => {
        if (at !== offset) throw new Error(`output at ${at}, expected ${offset}`)
        offset += bytes.length
        draw(bytes)
      },
      snapshot: (bytes, at) => {
        offset = at
        snapshots.push({ offset: at, bytes })
        draw(bytes)
      },
      end: (exit) => screen.barrier(() => ended.resolve(exit)),
      close: () => {},
    },
    { ...options, token: TOKEN },
  )
  cleanups.push(() => viewer.close())
  return {
    viewer,
    screen,
    bytes: () => Buffer.concat(all),
    snapshots,
    offset: () => offset,
    ended: ended.promise,
    shows: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!fits(screen.text(null).lines)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

/** A shell script as a session's program. */
export const sh = (script: string): string[] => ['/bin/sh', '-c', script]

/** Clients of a session's host: control for the supervisor, viewer for whoever shows the terminal. */
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { WorktrainError, fromErrorBody } from '../protocol/errors.ts'
import {
  FrameDecoder,
  FrameError,
  decodeJsonPayload,
  decodeOffsetPayload,
  encodeFrame,
  encodeJsonFrame,
} from '../protocol/frames.ts'
import type { Frame } from '../protocol/frames.ts'
import { FRAME, HOST_PROTOCOL } from '../protocol/host.ts'
import type {
  HostHello,
  HostRecord,
  HostRequest,
  HostResponse,
  HostScreen,
  HostStatus,
} from '../protocol/host.ts'

/** What each request answers. */
export interface HostResults {
  status: HostStatus
  /** `last`: sequence number of the last record on disk. */
  subscribe: { last: number }
  acknowledge: null
  screen: HostScreen
  input: null
  prompt: null
  resize: null
  answer: null
  /** Was it open? */
  close: boolean
  guard: null
  tell: null
  /** `quiet`: every hook that came until now is acknowledged, so nothing is unknown of what the agent does. */
  hold: { quiet: boolean }
  release: null
  /** Processes that could not be ended; normally none. */
  kill: { left: number[] }
  quit: null
}

export interface ConnectOptions {
  /** The host's token: `hostToken` of the session's state directory. */
  token: string
  /** Milliseconds until a silent host counts as unreachable. Default 10000. */
  timeoutMs?: number
}

const HELLO_WITHIN = 10_000
/** Twice the longest grace of a kill, the only request that takes time, ms. */
const ANSWER_WITHIN = 120_000

/**
 * Connects and exchanges hellos.
 * @param take gets every frame after the host's hello
 * @throws the socket's error (ENOENT, ECONNREFUSED: no host there); HOST_UNREACHABLE when it is silent,
 *   closes, or speaks another protocol version
 */
async function open(
  path: string,
  hello: HostHello,
  take: (frame: Frame) => void,
  options: ConnectOptions,
): Promise<{ socket: Socket; hello: HostHello }> {
  const socket = createConnection(path)
  const decoder = new FrameDecoder()
  const greeted = Promise.withResolvers<HostHello>()
  const unreachable = (why: string): WorktrainError =>
    new WorktrainError('HOST_UNREACHABLE', `The session's host at ${path} ${why}.`)
  let theirs: HostHello | null = null
  const timer = setTimeout(() => {
    greeted.reject(unreachable('does not answer'))
    socket.destroy()
  }, options.timeoutMs ?? HELLO_WITHIN)
  socket.on('connect', () => socket.write(encodeJsonFrame(FRAME.hello, hello)))
  // Kept for the life of the socket: a host that is killed resets the connection, and 'close' follows.
  socket.on('error', (error) => greeted.reject(error))
  socket.on('close', () => greeted.reject(unreachable('closed the connection')))
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of decoder.push(chunk)) {
        if (theirs !== null) {
          take(frame)
          continue
        }
        if (frame.type !== FRAME.hello) throw new FrameError('hello comes first')
        theirs = decodeJsonPayload(frame.payload) as unknown as HostHello
        if (theirs.protocol === HOST_PROTOCOL) greeted.resolve(theirs)
        else greeted.reject(unreachable(`speaks protocol ${theirs.protocol}, not ${HOST_PROTOCOL}`))
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      greeted.reject(unreachable(`does not speak the protocol: ${error.message}`))
      socket.destroy()
    }
  })
  try {
    return { socket, hello: await greeted.promise }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

interface Pending {
  resolve: (result: unknown) => void
  reject: (error: Error) => void
}

/** A control connection: requests, and records after `subscribe`. */
export class HostControl {
  /** The host's hello: session and generation it serves. */
  hello: HostHello = { protocol: HOST_PROTOCOL, role: 'host' }
  #socket: Socket | null = null
  readonly #pending = new Map<number, Pending>()
  readonly #records: ((record: HostRecord) => void)[] = []
  readonly #closed = Promise.withResolvers<void>()
  #next = 1

  private constructor() {}

  /** @throws see the errors of the connection: ENOENT, ECONNREFUSED, HOST_UNREACHABLE */
  static async connect(path: string, options: ConnectOptions): Promise<HostControl> {
    const control = new HostControl()
    const { socket, hello } = await open(
      path,
      { protocol: HOST_PROTOCOL, role: 'control', token: options.token },
      (frame) => control.#take(frame),
      options,
    )
    control.#socket = socket
    control.hello = hello
    const ended = (): void => control.#end()
    if (socket.destroyed) ended()
    else socket.on('close', ended)
    return control
  }

  /**
   * @returns what the host answered
   * @throws WorktrainError with the host's code; HOST_UNREACHABLE when the connection is or goes away
   */
  request<R extends HostRequest>(request: R): Promise<HostResults[R['op']]> {
    return new Promise((resolve, reject) => {
      if (this.#socket === null || this.#socket.destroyed) {
        reject(lost())
        return
      }
      const id = this.#next++
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        reject(new WorktrainError('HOST_UNREACHABLE', `The session's host does not answer (${request.op}).`))
      }, ANSWER_WITHIN)
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => (clearTimeout(timer), settle(value))
      this.#pending.set(id, {
        resolve: settled(resolve as (result: unknown) => void),
        reject: settled(reject),
      })
      this.#socket.write(encodeJsonFrame(FRAME.request, { ...request, id }))
    })
  }

  /** Called with every record pushed, in order. */
  onRecord(listener: (record: HostRecord) => void): void {
    this.#records.push(listener)
  }

  /** Called once when the connection has ended, whoever ended it; also when it had before. */
  onClose(listener: () => void): void {
    void this.#closed.promise.then(listener)
  }

  close(): void {
    this.#socket?.destroy()
  }

  #take({ type, payload }: Frame): void {
    const value = decodeJsonPayload(payload)
    if (type === FRAME.record) {
      for (const listener of this.#records) listener(value as unknown as HostRecord)
      return
    }
    if (type !== FRAME.response) throw new FrameError(`frame ${type} on a control connection`)
    const response = value as unknown as HostResponse
    const pending = this.#pending.get(response.id)
    this.#pending.delete(response.id)
    if (response.ok) pending?.resolve(response.result)
    else pending?.reject(errorOf(response.error))
  }

  #end(): void {
    for (const { reject } of this.#pending.values()) reject(lost())
    this.#pending.clear()
    this.#closed.resolve()
  }
}

function lost(): WorktrainError {
  return new WorktrainError('HOST_UNREACHABLE', "The connection to the session's host is closed.")
}

function errorOf(error: { code: string; message: string }): WorktrainError {
  const { code, message } = error
  const known = fromErrorBody({ code: code as WorktrainError['code'], message, hint: '' })
  return new WorktrainError(known.code, message)
}

export interface ViewerEvents {
  /** Terminal bytes, and the offset in the session's output at which they stand. */
  output: (bytes: Uint8Array, offset: number) => void
  /** Bytes that redraw the whole terminal, beginning with a reset; they stand for output up to `offset`. */
  snapshot: (bytes: Uint8Array, offset: number) => void
  /** The session's process has ended; the screen is final. */
  end: (exit: { code: number | null; signal: string | null }) => void
  /** The connection has ended, after all else. */
  close: () => void
}

export interface ViewerOptions extends ConnectOptions {
  cols?: number
  rows?: number
  /** Offset up to which the viewer has the output of `generation`; without it, it gets a snapshot. */
  since?: number
  generation?: number
}

/** A viewer connection: the session's terminal as bytes. */
export class HostViewer {
  readonly hello: HostHello
  readonly #socket: Socket

  private constructor(socket: Socket, hello: HostHello) {
    this.#socket = socket
    this.hello = hello
  }

  /** @throws see the errors of the connection: ENOENT, ECONNREFUSED, HOST_UNREACHABLE */
  static async connect(path: string, events: ViewerEvents, options: ViewerOptions): Promise<HostViewer> {
    const { timeoutMs, ...wanted } = options
    const hello: HostHello = { protocol: HOST_PROTOCOL, role: 'viewer', ...wanted }
    const opened = await open(path, hello, (frame) => deliver(frame, events), {
      token: options.token,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
    if (opened.socket.destroyed) events.close()
    else opened.socket.on('close', events.close)
    return new HostViewer(opened.socket, opened.hello)
  }

  /** Types raw keyboard bytes. */
  input(bytes: Uint8Array): void {
    this.#socket.write(encodeFrame(FRAME.input, bytes))
  }

  resize(cols: number, rows: number): void {
    this.#socket.write(encodeJsonFrame(FRAME.resize, { cols, rows }))
  }

  /** Stops reading: the host skips what is missed and sends a snapshot later. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }
}

function deliver({ type, payload }: Frame, events: ViewerEvents): void {
  if (type === FRAME.end) {
    events.end(decodeJsonPayload(payload) as unknown as Parameters<ViewerEvents['end']>[0])
    return
  }
  const { offset, bytes } = decodeOffsetPayload(payload)
  if (type === FRAME.output) events.output(bytes, offset)
  else if (type === FRAME.snapshot) events.snapshot(bytes, offset)
  else throw new FrameError(`frame ${type} on a viewer connection`)
}

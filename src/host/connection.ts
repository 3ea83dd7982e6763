/** One connection: hello first, then frames of its role only. Whoever breaks the rules is cut off, alone. */
import type { Socket } from 'node:net'
import { FrameDecoder, FrameError, decodeJsonPayload, encodeJsonFrame } from '../protocol/frames.ts'
import type { Frame } from '../protocol/frames.ts'
import { sameSecret } from '../platform/access.ts'
import { FRAME, HOST_PROTOCOL } from '../protocol/host.ts'
import type { HostHello } from '../protocol/host.ts'
import { isSide } from './control.ts'
import type { Size } from './viewers.ts'

/** A connection that has not said hello by then is closed, milliseconds. */
const HELLO_WITHIN = 10_000

export interface Roles {
  /** The host's own hello. */
  hello: HostHello
  /** What the other side's hello must say. */
  token: string
  control: (socket: Socket) => (payload: Record<string, unknown>) => void
  viewer: (socket: Socket, since: number | null, size: Size | null) => (size: Size) => void
  input: (bytes: Uint8Array) => void
}

type Take = (frame: Frame) => void

/** Serves a connection until it ends. */
export function serveConnection(socket: Socket, roles: Roles): void {
  const decoder = new FrameDecoder()
  let take: Take | null = null
  const impatient = setTimeout(() => socket.destroy(), HELLO_WITHIN)
  // A client that dies says so by an error; its connection is closed by itself.
  socket.on('error', () => socket.destroy())
  socket.on('close', () => clearTimeout(impatient))
  socket.on('end', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of decoder.push(chunk)) {
        if (socket.destroyed) return
        if (take !== null) take(frame)
        else {
          take = greet(socket, frame, roles)
          clearTimeout(impatient)
        }
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      socket.destroy()
    }
  })
}

function greet(socket: Socket, frame: Frame, roles: Roles): Take {
  if (frame.type !== FRAME.hello) throw new FrameError('hello comes first')
  const hello = decodeJsonPayload(frame.payload)
  if (typeof hello.token !== 'string' || !sameSecret(hello.token, roles.token))
    throw new FrameError('wrong token')
  socket.write(encodeJsonFrame(FRAME.hello, roles.hello))
  if (hello.protocol !== HOST_PROTOCOL) {
    // It has our version now, and cannot be served.
    socket.end()
    return () => {}
  }
  if (hello.session !== undefined && hello.session !== roles.hello.session)
    throw new FrameError('another session')
  if (hello.role === 'control') {
    const request = roles.control(socket)
    return ({ type, payload }) => {
      if (type !== FRAME.request) throw new FrameError(`frame ${type} on a control connection`)
      request(decodeJsonPayload(payload))
    }
  }
  if (hello.role !== 'viewer') throw new FrameError('unknown role')
  const sameProcess = hello.generation === undefined || hello.generation === roles.hello.generation
  const since = sameProcess && typeof hello.since === 'number' ? hello.since : null
  const resize = roles.viewer(socket, since, sizeOf(hello))
  return ({ type, payload }) => {
    if (type === FRAME.input) roles.input(payload)
    else if (type === FRAME.resize) {
      const size = sizeOf(decodeJsonPayload(payload))
      if (size === null) throw new FrameError('not a size')
      resize(size)
    } else throw new FrameError(`frame ${type} on a viewer connection`)
  }
}

function sizeOf(from: Record<string, unknown>): Size | null {
  const { cols, rows } = from
  return isSide(cols) && isSide(rows) ? { cols: cols as number, rows: rows as number } : null
}

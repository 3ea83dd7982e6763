/**
 * A session's terminal in a browser: a viewer of its host, passed on.
 *
 * The browser says how much it has drawn. One that draws slowly is not fed faster: its viewer stops reading, and
 * the host, which waits for nobody, skips what it missed and sends a picture of the screen later. So neither a
 * flood nor a hidden tab holds memory here, or time that another terminal needs.
 */
import type { RawData, WebSocket } from 'ws'
import {
  FrameDecoder,
  FrameError,
  WorktrainError,
  decodeJsonPayload,
  encodeJsonFrame,
  encodeOffsetFrame,
} from '../../protocol/index.ts'
import { FRAME } from '../../protocol/host.ts'
import { WEB_CLOSE } from '../../protocol/web.ts'

/** What is on its way to a browser, bytes: some screens, and a fraction of a second to draw. */
const UNDRAWN_MAX = 256 * 1024
/** Largest frame that a browser may send, bytes: a long paste. */
export const INPUT_MAX = 1024 * 1024
const SIDE_MAX = 1000

export interface Size {
  cols: number
  rows: number
}

/** Of a live session: what `client/host` connects to. */
export interface Terminal {
  input(bytes: Uint8Array): void
  resize(cols: number, rows: number): void
  pause(): void
  resume(): void
  close(): void
}

export interface TerminalEvents {
  output: (bytes: Uint8Array, offset: number) => void
  snapshot: (bytes: Uint8Array, offset: number) => void
  end: (exit: { code: number | null; signal: string | null }) => void
  close: () => void
}

/** Connects to the host of a session as one more viewer. @throws SESSION_WRONG_STATE when it has no live terminal; others when its host does not answer */
export type OpenTerminal = (
  session: { repo: string | null; name: string },
  size: Size,
  events: TerminalEvents,
) => Promise<Terminal>

/** Passes a terminal on until either side leaves. */
export async function bridgeTerminal(
  socket: WebSocket,
  open: (events: TerminalEvents) => Promise<Terminal>,
): Promise<void> {
  let terminal: Terminal | null = null
  let undrawn = 0
  let ended = false
  const pass = (type: number) => (bytes: Uint8Array, offset: number) => {
    undrawn += bytes.length
    socket.send(encodeOffsetFrame(type, offset, bytes))
    if (undrawn > UNDRAWN_MAX) terminal?.pause()
  }
  const decoder = new FrameDecoder(INPUT_MAX)
  const take = (data: Uint8Array): void => {
    for (const { type, payload } of decoder.push(data)) {
      if (type === FRAME.input) terminal?.input(payload)
      else if (type === FRAME.resize) {
        const { cols, rows } = sizeOf(decodeJsonPayload(payload))
        terminal?.resize(cols, rows)
      } else if (type === FRAME.drawn) {
        undrawn -= drawnOf(decodeJsonPayload(payload), undrawn)
        if (undrawn <= UNDRAWN_MAX / 2) terminal?.resume()
      } else throw new FrameError(`frame ${type} of a browser`)
    }
  }
  socket.on('message', (data: RawData, binary: boolean) => {
    // A connection that was cut off may still say something on its way out.
    if (socket.readyState !== socket.OPEN) return
    try {
      if (!binary) throw new FrameError('text')
      take(data as Buffer)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      socket.close(WEB_CLOSE.protocol, error.message.slice(0, 100))
      terminal?.close()
    }
  })
  socket.once('close', () => terminal?.close())
  // What the browser says before then is for the terminal all the same.
  socket.pause()
  try {
    terminal = await open({
      output: pass(FRAME.output),
      snapshot: pass(FRAME.snapshot),
      end: (exit) => {
        ended = true
        socket.send(encodeJsonFrame(FRAME.end, exit))
      },
      close: () => {
        if (!ended) socket.close(WEB_CLOSE.lost, "the session's host went away")
      },
    })
  } catch (error) {
    // One that starts has no host yet, or one that is about to answer: worth another try.
    const none = error instanceof WorktrainError && error.code === 'SESSION_WRONG_STATE'
    const code = none ? WEB_CLOSE.noTerminal : WEB_CLOSE.lost
    socket.close(code, none ? error.message.slice(0, 100) : 'its host does not answer')
    return
  } finally {
    socket.resume()
  }
  if (socket.readyState !== socket.OPEN) terminal.close()
  else if (undrawn > UNDRAWN_MAX) terminal.pause()
}

/** @throws FrameError */
export function sizeOf({ cols, rows }: Record<string, unknown>): Size {
  const isSide = (side: unknown): side is number =>
    Number.isInteger(side) && (side as number) > 0 && (side as number) <= SIDE_MAX
  if (!isSide(cols) || !isSide(rows)) throw new FrameError('not a size')
  return { cols, rows }
}

function drawnOf({ bytes }: Record<string, unknown>, undrawn: number): number {
  if (Number.isInteger(bytes) && (bytes as number) >= 0 && (bytes as number) <= undrawn)
    return bytes as number
  throw new FrameError('drawn more than was sent')
}

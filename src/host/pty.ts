/** The one pseudo-terminal of a host, as bytes. Everything that leans on node-pty's insides is here. */
import { spawn } from '@lydell/node-pty'
import type { IPty } from '@lydell/node-pty'
import { constants } from 'node:os'
import type { Socket } from 'node:net'
import type { HostSpec } from '../protocol/host.ts'
import { stepBehind } from './priority.ts'

/** Silence after which a terminal whose program has ended counts as read to its end, milliseconds. */
const DRAINED_AFTER = 200

export interface Pty {
  readonly pid: number
  write(bytes: Uint8Array): void
  resize(cols: number, rows: number): void
  /** Stops reading; the program blocks once the kernel's buffer is full. */
  pause(): void
  resume(): void
}

export interface PtyEvents {
  output: (bytes: Uint8Array) => void
  /** After the last output. */
  exit: (code: number | null, signal: string | null) => void
}

/** The fields of node-pty's UnixTerminal that have no public counterpart (1.2.0-beta.15, pinned). */
interface Insides {
  _socket: Socket
  _writeStream: { dispose(): void; _writeQueue: unknown[] }
}

/** Starts the session's program on a new terminal. */
export function openPty(spec: HostSpec, events: PtyEvents): Pty {
  const [program = '', ...args] = spec.argv
  const pty = spawn(program, args, {
    cols: spec.cols,
    rows: spec.rows,
    cwd: spec.cwd,
    env: spec.env,
    // Bytes, not text: output need not be UTF-8.
    encoding: null,
  })
  const { _socket: socket, _writeStream: input } = pty as unknown as Insides
  let open = true
  let paused = false
  let lastRead = Date.now()
  keepReadingToTheEnd(
    socket,
    () => paused,
    () => lastRead,
  )

  // Once it prints, its terminal is its own.
  const first = pty.onData(() => {
    first.dispose()
    stepBehind(pty.pid)
  })
  onBytes(pty, (bytes) => {
    lastRead = Date.now()
    events.output(bytes)
  })
  socket.once('close', () => {
    // The descriptor's number may be another file's from now on: a write still queued would go there.
    open = false
    input._writeQueue.length = 0
    input.dispose()
  })
  pty.onExit(({ exitCode, signal }) => {
    if (signal === undefined || signal === 0) events.exit(exitCode, null)
    else events.exit(null, signalName(signal))
  })

  return {
    pid: pty.pid,
    write(bytes) {
      // Typed for text, and documented for bytes.
      if (open) pty.write(bytes as unknown as string)
    },
    resize(cols, rows) {
      if (open) pty.resize(cols, rows)
    },
    pause() {
      paused = true
      pty.pause()
    },
    resume() {
      paused = false
      lastRead = Date.now()
      pty.resume()
    },
  }
}

function onBytes(pty: IPty, listener: (bytes: Uint8Array) => void): void {
  pty.onData(listener as unknown as (data: string) => void)
}

/**
 * node-pty closes the terminal 200 ms after the program's end, whether or not its output was read: while
 * the host waits for its emulator on a busy machine, the end of the output would be lost. So the close
 * waits until nothing more comes.
 */
function keepReadingToTheEnd(socket: Socket, paused: () => boolean, lastRead: () => number): void {
  const destroy = socket.destroy.bind(socket)
  socket.destroy = (error?: Error) => {
    const look = (): void => {
      if (socket.destroyed) return
      const quiet = Date.now() - lastRead()
      if (error === undefined && (paused() || quiet < DRAINED_AFTER)) setTimeout(look, DRAINED_AFTER)
      else destroy(error)
    }
    look()
    return socket
  }
}

function signalName(number: number): string {
  for (const [name, value] of Object.entries(constants.signals)) if (value === number) return name
  return `signal ${number}`
}

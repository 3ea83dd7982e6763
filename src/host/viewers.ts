/**
 * Everyone who looks at the session. A viewer that cannot keep up never slows the agent: what it missed is
 * skipped, and it gets a picture of the whole terminal once it reads again (facts 3.5.1).
 */
import type { Socket } from 'node:net'
import { encodeJsonFrame, encodeOffsetFrame } from '../protocol/frames.ts'
import { FRAME } from '../protocol/host.ts'
import type { OutputRing } from './ring.ts'
import type { SessionScreen } from './terminal.ts'

/** Unsent bytes at which a viewer counts as too slow, beside a snapshot still on its way to it. */
const QUEUE_MAX = 1024 * 1024
/** Shortest time between two snapshots for one viewer, milliseconds. */
const SNAPSHOT_EVERY = 200
/** And that many times what the last one took to make: 60 ms with 10,000 lines (facts 3.2). */
const SNAPSHOT_SHARE = 5

export interface Size {
  cols: number
  rows: number
}

export interface End {
  code: number | null
  signal: string | null
}

interface Viewer {
  socket: Socket
  /** Follows the output; otherwise it waits for a snapshot. */
  live: boolean
  /** A snapshot is on its way. */
  renewing: boolean
  /** No further snapshot before then. */
  notBefore: number
  /** Unsent bytes at which it counts as too slow. */
  queueMax: number
  told: boolean
  size: Size | null
}

export class Viewers {
  readonly #screen: SessionScreen
  readonly #ring: OutputRing
  readonly #resize: (size: Size) => void
  readonly #left: () => void
  /** Most recently sized last. */
  #viewers: Viewer[] = []
  #end: End | null = null

  /**
   * @param resize the terminal is to take this size
   * @param left a viewer has gone
   */
  constructor(screen: SessionScreen, ring: OutputRing, resize: (size: Size) => void, left: () => void) {
    this.#screen = screen
    this.#ring = ring
    this.#resize = resize
    this.#left = left
  }

  get count(): number {
    return this.#viewers.length
  }

  /**
   * Serves a connection whose hello is done.
   * @param since offset up to which it has the output; null: it has nothing
   * @returns takes a new size of this viewer
   */
  add(socket: Socket, since: number | null, size: Size | null): (size: Size) => void {
    const viewer: Viewer = {
      socket,
      live: false,
      renewing: false,
      notBefore: 0,
      queueMax: QUEUE_MAX,
      told: false,
      size: null,
    }
    this.#viewers.push(viewer)
    socket.on('drain', () => {
      if (!viewer.live) this.#renew(viewer)
    })
    socket.on('close', () => this.#remove(viewer))
    if (size !== null) this.#sized(viewer, size)
    const missed = since === null ? null : this.#ring.slice(since)
    if (since === null || missed === null) this.#renew(viewer)
    else {
      viewer.live = true
      if (missed.length > 0) socket.write(encodeOffsetFrame(FRAME.output, since, missed))
      this.#tellEnd(viewer)
    }
    return (next) => this.#sized(viewer, next)
  }

  /** Passes on output that the ring has just taken. */
  output(bytes: Uint8Array, offset: number): void {
    let frame: Uint8Array | null = null
    for (const viewer of this.#viewers) {
      if (!viewer.live) continue
      if (viewer.socket.writableLength > viewer.queueMax) {
        viewer.live = false
        continue
      }
      frame ??= encodeOffsetFrame(FRAME.output, offset, bytes)
      viewer.socket.write(frame)
    }
  }

  /** The session's process has ended and all of its output was passed on. */
  end(end: End): void {
    this.#end = end
    for (const viewer of this.#viewers) this.#tellEnd(viewer)
  }

  #renew(viewer: Viewer): void {
    if (viewer.renewing) return
    viewer.renewing = true
    const wait = viewer.notBefore - Date.now()
    setTimeout(
      () => {
        // Behind the barrier the screen stands for exactly `parsed` bytes.
        this.#screen.barrier(() => this.#snapshot(viewer))
      },
      Math.max(0, wait),
    )
  }

  #snapshot(viewer: Viewer): void {
    viewer.renewing = false
    if (viewer.socket.destroyed) return
    const { parsed, boundary } = this.#screen
    const began = Date.now()
    const unfinished = this.#ring.slice(boundary, parsed) ?? new Uint8Array()
    const picture = Buffer.concat([this.#screen.snapshot(), unfinished])
    viewer.socket.write(encodeOffsetFrame(FRAME.snapshot, parsed, picture))
    const since = this.#ring.slice(parsed)
    if (since === null) throw new Error(`output after ${parsed} is gone`)
    if (since.length > 0) viewer.socket.write(encodeOffsetFrame(FRAME.output, parsed, since))
    viewer.live = true
    const now = Date.now()
    viewer.notBefore = now + Math.max(SNAPSHOT_EVERY, SNAPSHOT_SHARE * (now - began))
    viewer.queueMax = QUEUE_MAX + picture.length
    this.#tellEnd(viewer)
  }

  #tellEnd(viewer: Viewer): void {
    if (this.#end === null || !viewer.live || viewer.told) return
    viewer.told = true
    viewer.socket.write(encodeJsonFrame(FRAME.end, this.#end))
  }

  #sized(viewer: Viewer, size: Size): void {
    viewer.size = size
    this.#viewers = [...this.#viewers.filter((each) => each !== viewer), viewer]
    this.#resize(size)
  }

  #remove(viewer: Viewer): void {
    const wasLast = this.#viewers.at(-1) === viewer
    this.#viewers = this.#viewers.filter((each) => each !== viewer)
    const size = this.#viewers.findLast((each) => each.size !== null)?.size
    if (wasLast && size) this.#resize(size)
    this.#left()
  }
}

/**
 * Frames of the host socket as bytes: u32 big-endian length of what follows, u8 type, payload.
 *
 * Plain `Uint8Array`, so that a browser can speak it as well. Output is never turned into text on its
 * way: a terminal's bytes need not be UTF-8, and a character may be cut by a read.
 */
import { MAX_FRAME } from './host.ts'
import type { HostRecord } from './host.ts'

export interface Frame {
  type: number
  payload: Uint8Array
}

/** The peer does not speak the protocol. Whoever meets it closes that connection, nothing else. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FrameError'
  }
}

const HEADER = 5
const OFFSET = 8
const text = new TextEncoder()
const utf8 = new TextDecoder('utf-8', { fatal: true })

function start(type: number, payloadLength: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(HEADER + payloadLength)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, payloadLength + 1)
  view.setUint8(4, type)
  return { bytes, view }
}

/** A frame around raw bytes. */
export function encodeFrame(type: number, payload: Uint8Array): Uint8Array {
  const { bytes } = start(type, payload.length)
  bytes.set(payload, HEADER)
  return bytes
}

/** A frame around a JSON value. */
export function encodeJsonFrame(type: number, value: unknown): Uint8Array {
  return encodeFrame(type, text.encode(JSON.stringify(value)))
}

/** A frame of terminal bytes that stand at `offset` in the session's output (bytes since its start). */
export function encodeOffsetFrame(type: number, offset: number, payload: Uint8Array): Uint8Array {
  const { bytes, view } = start(type, OFFSET + payload.length)
  view.setFloat64(HEADER, offset)
  bytes.set(payload, HEADER + OFFSET)
  return bytes
}

/**
 * Payload of a JSON frame, which is always an object.
 * @throws FrameError when it is not
 */
export function decodeJsonPayload(payload: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(payload))
  } catch (cause) {
    throw new FrameError(`not JSON: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FrameError('not a JSON object')
  return value as Record<string, unknown>
}

/**
 * Payload of a frame made by {@link encodeOffsetFrame}.
 * @throws FrameError when it is too short
 */
export function decodeOffsetPayload(payload: Uint8Array): { offset: number; bytes: Uint8Array } {
  if (payload.length < OFFSET) throw new FrameError('no offset')
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  return { offset: view.getFloat64(0), bytes: payload.subarray(OFFSET) }
}

/** Cuts a byte stream into frames. Holds no more than one unfinished frame. */
export class FrameDecoder {
  readonly #max: number
  #chunks: Uint8Array[] = []
  #held = 0
  /** Bytes needed before anything can be cut. */
  #wanted = HEADER

  /** @param max largest length field accepted, bytes */
  constructor(max = MAX_FRAME) {
    this.#max = max
  }

  /**
   * @returns the frames that became whole; payloads may share memory with `chunk`
   * @throws FrameError on a length of zero or above the limit: the stream cannot be read on
   */
  push(chunk: Uint8Array): Frame[] {
    this.#chunks.push(chunk)
    this.#held += chunk.length
    if (this.#held < this.#wanted) return []
    let bytes = this.#joined()
    const frames: Frame[] = []
    for (;;) {
      if (bytes.length < HEADER) {
        this.#wanted = HEADER
        break
      }
      const length = new DataView(bytes.buffer, bytes.byteOffset, HEADER).getUint32(0)
      if (length === 0 || length > this.#max) throw new FrameError(`frame of ${length} bytes`)
      if (bytes.length < 4 + length) {
        this.#wanted = 4 + length
        break
      }
      frames.push({ type: bytes[4] ?? 0, payload: bytes.subarray(HEADER, 4 + length) })
      bytes = bytes.subarray(4 + length)
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes]
    this.#held = bytes.length
    return frames
  }

  #joined(): Uint8Array {
    const [only] = this.#chunks
    if (only !== undefined && this.#chunks.length === 1) return only
    const all = new Uint8Array(this.#held)
    let at = 0
    for (const chunk of this.#chunks) {
      all.set(chunk, at)
      at += chunk.length
    }
    return all
  }
}

/**
 * Reads `records.jsonl`. A line without its newline, or one that is no JSON, was torn by a crash and was
 * therefore never shown to anyone: reading stops there.
 * @returns the records, and how many bytes of the file they are
 */
export function decodeRecords(bytes: Uint8Array): { records: HostRecord[]; ends: number[] } {
  const records: HostRecord[] = []
  const ends: number[] = []
  let at = 0
  for (;;) {
    const newline = bytes.indexOf(10, at)
    if (newline < 0) return { records, ends }
    try {
      records.push(decodeJsonPayload(bytes.subarray(at, newline)) as unknown as HostRecord)
    } catch (error) {
      if (error instanceof FrameError) return { records, ends }
      throw error
    }
    at = newline + 1
    ends.push(at)
  }
}

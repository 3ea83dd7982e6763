import { describe, expect, test } from 'vitest'
import {
  FrameDecoder,
  FrameError,
  decodeJsonPayload,
  decodeOffsetPayload,
  decodeRecords,
  encodeFrame,
  encodeJsonFrame,
  encodeOffsetFrame,
} from '../../src/protocol/frames.ts'
import { SequenceTracker } from '../../src/host/sequence.ts'
import { OutputRing } from '../../src/host/ring.ts'

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('frames', () => {
  test('come out whole wherever the stream is cut', () => {
    const stream = join(
      encodeJsonFrame(1, { a: 'ü' }),
      encodeFrame(7, Uint8Array.of()),
      encodeOffsetFrame(5, 2 ** 40, Uint8Array.of(0xff, 0)),
    )
    for (let size = 1; size <= stream.length; size++) {
      const decoder = new FrameDecoder()
      const frames = []
      for (let at = 0; at < stream.length; at += size)
        frames.push(...decoder.push(stream.subarray(at, at + size)))
      expect(frames.map((frame) => frame.type)).toEqual([1, 7, 5])
      expect(decodeJsonPayload(frames[0]!.payload)).toEqual({ a: 'ü' })
      expect(frames[1]!.payload).toHaveLength(0)
      expect(decodeOffsetPayload(frames[2]!.payload)).toEqual({
        offset: 2 ** 40,
        bytes: Uint8Array.of(0xff, 0),
      })
    }
  })

  test('of length zero or above the limit are refused from their header alone', () => {
    expect(() => new FrameDecoder().push(Uint8Array.of(0, 0, 0, 0, 1))).toThrow(FrameError)
    expect(() => new FrameDecoder(100).push(Uint8Array.of(0, 0, 0, 101, 1))).toThrow(FrameError)
    expect(() => new FrameDecoder().push(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1))).toThrow(FrameError)
  })

  test('hold objects, or are refused', () => {
    for (const payload of [
      bytes('{'),
      bytes('[1]'),
      bytes('null'),
      Uint8Array.of(0x22, 0xff, 0x22),
      bytes(''),
    ]) {
      expect(() => decodeJsonPayload(payload)).toThrow(FrameError)
    }
    expect(() => decodeOffsetPayload(new Uint8Array(7))).toThrow(FrameError)
  })
})

test('records end before a torn line', () => {
  const { records, ends } = decodeRecords(bytes('{"seq":1}\n{"seq":2}\n{"seq":3,"ki'))
  expect(records.map((record) => record.seq)).toEqual([1, 2])
  expect(ends).toEqual([10, 20])
  expect(decodeRecords(bytes('{"seq":1}\n\0\0\0\n{"seq":3}\n')).records).toHaveLength(1)
})

describe('the unfinished sequence', () => {
  const whole = [
    'plain',
    '\x1b[31m',
    '\x1b[?1049h',
    '\x1b]0;title\x07',
    '\x1b]8;;http://x\x1b\\',
    '\x1bP>|x\x07y\x1b\\',
    '\x1b(B',
    '\x1b7',
    'é',
    '😀',
    '\x1b[1\x18a',
  ]
  test.each(whole)('of %j begins at its first byte, wherever it is cut', (text) => {
    const sequence = bytes(text)
    for (let cut = 1; cut < sequence.length; cut++) {
      const tracker = new SequenceTracker()
      tracker.push(bytes('ab'))
      tracker.push(sequence.subarray(0, cut))
      const plain = text === 'plain' || text.slice(0, cut).includes('\x18')
      expect(tracker.boundary).toBe(plain ? 2 + cut : 2)
      tracker.push(sequence.subarray(cut))
      expect(tracker.boundary).toBe(2 + sequence.length)
      tracker.push(bytes('z'))
      expect(tracker.boundary).toBe(3 + sequence.length)
    }
  })

  test('is the last of several, and bytes that are no UTF-8 are nothing', () => {
    const tracker = new SequenceTracker()
    tracker.push(bytes('\x1b[1m\x1b]0;a\x1b[3'))
    expect(tracker.boundary).toBe(9)
    tracker.push(Uint8Array.of(0x6d, 0xe2, 0x28))
    expect(tracker.boundary).toBe(15)
  })
})

test('the ring gives what it has, and keeps what the emulator has not read', () => {
  const ring = new OutputRing()
  const block = new Uint8Array(1024 * 1024)
  for (let i = 0; i < 5; i++) ring.push(block.fill(i), 1024 * 1024)
  expect(ring.slice(0)).toBeNull()
  expect(ring.slice(1024 * 1024)).toHaveLength(4 * 1024 * 1024)
  for (let i = 0; i < 3; i++) ring.push(block, ring.end)
  expect(ring.slice(ring.end - 2 * 1024 * 1024)).toHaveLength(2 * 1024 * 1024)
  expect(ring.slice(ring.end - 4 * 1024 * 1024)).toBeNull()
  expect(ring.slice(ring.end)).toHaveLength(0)
  expect(ring.slice(ring.end + 1)).toBeNull()
  expect(ring.slice(Number.NaN)).toBeNull()
})

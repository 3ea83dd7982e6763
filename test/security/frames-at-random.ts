/** Frames of the host protocol as they should not be: right ones cut, joined, doubled, turned and filled with noise. */
import { encodeFrame, encodeJsonFrame, encodeOffsetFrame } from '../../src/protocol/frames.ts'
import { FRAME } from '../../src/protocol/host.ts'
import type { Random } from '../fixtures/random.ts'

export const pick = <T>(next: Random, from: readonly T[]): T => from[next(from.length)] as T

export function noise(next: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => next(256))
}

/** Values that somebody may have forgotten. */
export function oddValue(next: Random): unknown {
  return pick<unknown>(next, [
    ...[null, true, -1, 0, 1, 0.5, 80, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308],
    ...['', 'a', '__proto__', 'constructor', '\u0000', '../..', 'x'.repeat(5000)],
    ...[[], [[]], {}, { id: 1 }, { toString: 1 }, ['a', null]],
  ])
}

/** @param known right ones, of which wrong ones are made */
export function framesAtRandom(next: Random, known: readonly Uint8Array[]): Uint8Array {
  const types = Object.values(FRAME)
  const frames = Array.from({ length: 1 + next(6) }, () => {
    switch (next(6)) {
      case 0:
        return noise(next, next(80))
      case 1:
        return encodeFrame(pick(next, [...types, next(256)]), noise(next, next(60)))
      case 2: {
        const fields = Array.from({ length: next(5) }, () => [
          pick(next, ['op', 'id', 'cols', 'rows', 'role', 'token', 'since', 'bytes', 'session', '__proto__']),
          oddValue(next),
        ])
        return encodeJsonFrame(pick(next, types), Object.fromEntries(fields) as Record<string, unknown>)
      }
      case 3:
        return encodeOffsetFrame(pick(next, types), next(2 ** 31), noise(next, next(40)))
      default:
        return pick(next, known)
    }
  })
  const bytes = Buffer.concat(frames)
  for (let turns = next(4); turns > 0 && bytes.length > 0; turns--) bytes[next(bytes.length)] = next(256)
  return next(3) === 0 ? bytes.subarray(0, next(bytes.length + 1)) : bytes
}

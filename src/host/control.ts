/** Requests of a control connection, checked and answered; and the stream of records. */
import type { Socket } from 'node:net'
import { FrameError, encodeFrame, encodeJsonFrame } from '../protocol/frames.ts'
import { FRAME } from '../protocol/host.ts'
import type { HostRequest, HostResponse } from '../protocol/host.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import { WorktrainError } from '../protocol/errors.ts'
import type { RecordLog } from './records.ts'

/** Unsent bytes above which records wait on disk. */
const RECORDS_AHEAD = 1024 * 1024

/** What a host does for its clients, by name of the request. */
export type Operations = {
  [Op in Exclude<HostRequest['op'], 'subscribe'>]: (request: Extract<HostRequest, { op: Op }>) => unknown
}

/**
 * Serves one control connection.
 * @returns takes its request frames' payloads
 */
export function serveControl(
  socket: Socket,
  operations: Operations,
  records: RecordLog,
): (payload: Record<string, unknown>) => void {
  let cursor: number | null = null
  const pump = (): void => {
    while (cursor !== null && !socket.destroyed && socket.writableLength < RECORDS_AHEAD) {
      const next = records.after(cursor)
      if (next === null) return
      cursor = next.seq
      socket.write(encodeFrame(FRAME.record, next.json))
    }
  }
  const stop = records.onChange(pump)
  socket.on('drain', pump)
  socket.on('close', stop)

  return (payload) => {
    const { id } = payload
    if (typeof id !== 'number') throw new FrameError('request without an id')
    const answer = (response: HostResponse): void => {
      if (!socket.destroyed) socket.write(encodeJsonFrame(FRAME.response, response))
    }
    let request: HostRequest
    try {
      request = checkRequest(payload)
    } catch (error) {
      answer(failure(id, error))
      return
    }
    if (request.op === 'subscribe') {
      answer({ id, ok: true, result: { last: records.last } })
      cursor = request.since
      pump()
      return
    }
    const operation = operations[request.op] as (request: HostRequest) => unknown
    void Promise.resolve()
      .then(() => operation(request))
      .then(
        (result) => answer({ id, ok: true, result: result ?? null }),
        (error: unknown) => answer(failure(id, error)),
      )
  }
}

function failure(id: number, error: unknown): HostResponse {
  const code: ErrorCode = error instanceof WorktrainError ? error.code : 'INTERNAL'
  return { id, ok: false, error: { code, message: error instanceof Error ? error.message : String(error) } }
}

/** Longest time in which no turn may begin, ms: whoever asked for it may have died. */
const HOLD_MAX = 15 * 60_000

type Check = (value: unknown) => boolean
const text: Check = (value) => typeof value === 'string'
const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
const whole: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const texts: Check = (value) => Array.isArray(value) && value.every(text)
const policy: Check = (value) => {
  if (!object(value)) return false
  const { workspace, writable, avoid, owns, granted, strays, branch } = value as Record<string, unknown>
  return (
    text(workspace) &&
    [writable, avoid, owns, granted].every(texts) &&
    (strays === 'refuse' || strays === 'report') &&
    text(branch)
  )
}
/** Largest side of a terminal: the kernel keeps sizes in 16 bits, and the emulator allocates every cell. */
export const isSide: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 4096

const REQUESTS: Record<HostRequest['op'], Record<string, Check>> = {
  status: {},
  subscribe: { since: whole },
  acknowledge: { seq: whole },
  screen: { styled: (value) => value === undefined || typeof value === 'boolean' },
  input: { data: text, base64: (value) => value === undefined || typeof value === 'boolean' },
  prompt: { prompt: text, keys: texts },
  resize: { cols: isSide, rows: isSide },
  answer: { question: text, body: object },
  close: { question: text },
  guard: { policy },
  tell: { main: text, text },
  hold: { ms: (value) => whole(value) && (value as number) <= HOLD_MAX },
  release: {},
  kill: { grace: (value) => whole(value) && (value as number) <= 60_000 },
  quit: {},
}

/** @throws WorktrainError USAGE when it is no request of this protocol */
function checkRequest(payload: Record<string, unknown>): HostRequest {
  const { op } = payload
  if (typeof op !== 'string' || !Object.hasOwn(REQUESTS, op)) {
    throw new WorktrainError('USAGE', `The host knows no request ${JSON.stringify(op)}.`)
  }
  for (const [field, check] of Object.entries(REQUESTS[op as HostRequest['op']])) {
    if (!check(payload[field])) throw new WorktrainError('USAGE', `The host's ${op} needs a valid ${field}.`)
  }
  return payload as unknown as HostRequest
}

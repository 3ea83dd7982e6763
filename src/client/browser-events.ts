/** The events of one connection, until it ends: over a WebSocket, or as the lines of an answer that does not end. */
import { WorktrainError } from '../protocol/errors.ts'
import type { Recorded } from '../protocol/events.ts'
import { SILENCE_MS } from '../protocol/heartbeat.ts'
import { WEB_CLOSE } from '../protocol/web.ts'

/** @param live called whenever something came. @throws ACCESS_DENIED when access was revoked */
export function readSocket(
  socket: WebSocket,
  take: (event: Recorded) => void,
  signal: AbortSignal,
  live: () => void,
): Promise<void> {
  const ended = Promise.withResolvers<void>()
  let timer = setTimeout(() => socket.close(), SILENCE_MS)
  const leave = (): void => socket.close()
  signal.addEventListener('abort', leave, { once: true })
  socket.addEventListener('message', ({ data }: { data: unknown }) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      // A dead connection does not say that it is closed.
      socket.close()
      ended.resolve()
    }, SILENCE_MS)
    live()
    takeLines(String(data), take)
  })
  socket.addEventListener('close', ({ code }: { code: number }) => {
    clearTimeout(timer)
    signal.removeEventListener('abort', leave)
    if (code === WEB_CLOSE.revoked)
      ended.reject(new WorktrainError('ACCESS_DENIED', 'The access of this browser was revoked.'))
    else ended.resolve()
  })
  return ended.promise
}

/**
 * @param ask makes the request; its signal ends it
 * @param live called whenever something came
 * @throws what `ask` throws
 */
export async function readStream(
  ask: (signal: AbortSignal) => Promise<Response>,
  take: (event: Recorded) => void,
  signal: AbortSignal,
  live: () => void,
): Promise<void> {
  const gone = new AbortController()
  const leave = (): void => gone.abort()
  signal.addEventListener('abort', leave, { once: true })
  let timer = setTimeout(leave, SILENCE_MS)
  try {
    const { body } = await ask(gone.signal)
    const reader = body?.getReader()
    const text = new TextDecoder()
    let rest = ''
    for (;;) {
      const read = await reader?.read()
      if (read === undefined || read.done) return
      clearTimeout(timer)
      timer = setTimeout(leave, SILENCE_MS)
      live()
      const whole = rest + text.decode(read.value, { stream: true })
      const end = whole.lastIndexOf('\n') + 1
      takeLines(whole.slice(0, end), take)
      rest = whole.slice(end)
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', leave)
    gone.abort()
  }
}

function takeLines(lines: string, take: (event: Recorded) => void): void {
  for (const line of lines.split('\n')) {
    if (line === '') continue
    const message = JSON.parse(line) as Recorded | { heartbeat: number }
    if (!('heartbeat' in message)) take(message)
  }
}

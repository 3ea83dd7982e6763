/** The journal over a WebSocket: one text message a page of lines. */
import type { WebSocket } from 'ws'
import { WEB_CLOSE } from '../../protocol/web.ts'
import { STALL_MS, followJournal, within } from '../stream.ts'
import type { EventSource } from '../stream.ts'

/** Sends events until the browser leaves. @throws what the journal throws */
export async function sendEvents(
  socket: WebSocket,
  journal: EventSource,
  options: { after: number; now: () => number },
): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  // It has nothing to say here.
  socket.on('message', () => socket.close(WEB_CLOSE.protocol, 'this connection only tells'))
  const send = async (lines: string): Promise<void> => {
    const taken = await within(
      STALL_MS,
      gone.signal,
      (limit) =>
        new Promise<void>((resolve, reject) => {
          limit.addEventListener('abort', () => reject(limit.reason as Error), { once: true })
          socket.send(lines, (error) => (error ? reject(error) : resolve()))
        }),
    ).catch((error: unknown) => {
      // A connection that breaks while it is written to is gone, and nothing else.
      if (socket.readyState === socket.OPEN) throw error
      return false
    })
    if (!taken) {
      socket.terminate()
      gone.abort()
    }
  }
  await followJournal(journal, { ...options, gone: gone.signal }, send)
}

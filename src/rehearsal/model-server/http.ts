/** Small parts of serving http: a whole body, and waits that end with the connection. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Pause } from './sse.ts'

/** A conversation with a million tokens is about 4 MB; images come on top. */
const BODY_MAX = 64 * 1024 * 1024

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_MAX) throw new Error('request too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** A wait that ends early, with false, when the client goes away or the server closes. */
export function pauseUntil(response: ServerResponse, closing: AbortSignal): Pause {
  return (ms) =>
    new Promise((resolve) => {
      if (closing.aborted || response.destroyed) return resolve(false)
      if (ms === 0) return resolve(true)
      const end = (whole: boolean) => () => {
        clearTimeout(timer)
        response.off('close', cut)
        closing.removeEventListener('abort', cut)
        resolve(whole)
      }
      const cut = end(false)
      const timer = setTimeout(end(true), ms)
      response.once('close', cut)
      closing.addEventListener('abort', cut, { once: true })
    })
}

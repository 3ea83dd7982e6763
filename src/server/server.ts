/** Serves the API on a unix socket that only this user can reach. */
import { once } from 'node:events'
import { chmodSync, lstatSync, renameSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname } from 'node:path'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { makePrivateDirectory } from '../platform/files.ts'
import { WorktrainError } from '../protocol/index.ts'
import { addEvents, createApp } from './app.ts'
import type { AppOptions, Handlers, Log } from './app.ts'
import { refuseForeign } from './guard.ts'
import type { EventSource, StreamLimits } from './stream.ts'

export interface ServerOptions {
  socketPath: string
  handlers: Handlers
  authenticate: AppOptions['authenticate']
  journal: EventSource
  /** Milliseconds since the epoch. */
  now: () => number
  log: Log
  limits?: StreamLimits
}

/** How long calls that are being answered may take to end at `close`, ms. */
const CLOSE_GRACE_MS = 2_000

/**
 * Call it only as the holder of the supervisor's lock: two servers that replace the same dead socket
 * at once would leave one of them deaf.
 *
 * @returns a handle whose `close` ends the streams, lets calls that are being answered end, and removes the socket
 * @throws SUPERVISOR_BUSY when somebody answers on the socket
 */
export async function createServer({
  socketPath,
  ...options
}: ServerOptions): Promise<{ close(): Promise<void> }> {
  const directory = dirname(socketPath)
  makePrivateDirectory(directory)
  await refuseLive(socketPath)

  const streams = new AbortController()
  const api = { ...options, guard: refuseForeign, signal: streams.signal }
  const app = createApp(api)
  addEvents(app, api)
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
  // Bound under another name and moved into place: it is never there with other permissions, and
  // libuv, which removes the name it bound when the server closes, cannot remove a successor's socket.
  const bound = `${socketPath}.new`
  rmSync(bound, { force: true })
  server.listen(bound)
  await once(server, 'listening')
  chmodSync(bound, 0o600)
  renameSync(bound, socketPath)
  const { ino } = lstatSync(socketPath)

  return {
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      streams.abort()
      if (inodeOf(socketPath) === ino) rmSync(socketPath, { force: true })
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
      await closed
      clearTimeout(timer)
    },
  }
}

/** A socket file is no sign of life (facts/security 4): only an answer is. */
async function refuseLive(socketPath: string): Promise<void> {
  const stat = lstatSync(socketPath, { throwIfNoEntry: false })
  if (!stat) return
  if (!stat.isSocket()) throw new Error(`${socketPath} is in the way: it is not a socket`)
  const socket = createConnection(socketPath)
  try {
    await once(socket, 'connect')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return
    throw error
  } finally {
    socket.destroy()
  }
  throw new WorktrainError('SUPERVISOR_BUSY', `Somebody answers on ${socketPath} already.`)
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino
}

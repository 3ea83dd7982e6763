/** The host's unix socket: private, and never taken from a host that is alive. */
import { chmodSync, unlinkSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { dirname } from 'node:path'
import { makePrivateDirectory } from '../platform/files.ts'

/** Another host serves this socket. */
export class SocketTaken extends Error {
  constructor(path: string) {
    super(`a live host answers at ${path}`)
  }
}

/**
 * Listens at `path`. A file that is there and refuses connections is left over from a killed host and is
 * replaced: existence is not liveness (facts 3.3). The supervisor starts one host of a session at a time.
 * @throws SocketTaken when somebody answers
 */
export async function listenPrivately(path: string, serve: (socket: Socket) => void): Promise<Server> {
  makePrivateDirectory(dirname(path))
  if (await answers(path)) throw new SocketTaken(path)
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const server = createServer(serve)
  // Made without access for others from the first moment; the directory already keeps them out.
  const before = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
      process.umask(before)
    })
  } finally {
    process.umask(before)
  }
  chmodSync(path, 0o600)
  return server
}

/** Does anybody accept connections there? */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(false)
      else reject(error)
    })
  })
}

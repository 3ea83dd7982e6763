/**
 * A host that dies by SIGKILL, once, where `~/die-at` says: `started` (it was only just started), `listening`
 * (its socket is there, the agent is not), `spawned` (the agent is there, nobody was told).
 */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Server } from 'node:net'
import { join } from 'node:path'

const file = join(process.env.HOME ?? '/', 'die-at')
const at = existsSync(file) ? readFileSync(file, 'utf8') : ''

function die(): void {
  rmSync(file)
  process.kill(process.pid, 'SIGKILL')
}

if (at === 'started') die()
if (at === 'listening') {
  const { listen } = Server.prototype
  Server.prototype.listen = function (this: Server, ...args: Parameters<Server['listen']>) {
    this.once('listening', die)
    return listen.apply(this, args)
  } as Server['listen']
}
if (at === 'spawned') {
  // Patched before the host's own import takes the name out of it.
  const pty = createRequire(import.meta.url)('@lydell/node-pty') as { spawn: (...args: unknown[]) => unknown }
  const { spawn } = pty
  pty.spawn = (...args) => {
    const child = spawn(...args)
    // The program must have been started for good, not only forked.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
    die()
    return child
  }
}
await import('../../src/host/main.ts')

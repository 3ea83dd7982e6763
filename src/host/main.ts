/**
 * `node host.js <spec.json>`: the process that owns one session's terminal.
 *
 * Started detached; it outlives the supervisor, its upgrades and the person's terminal. Exit codes: 0 the
 * session ended and everything was taken, 2 bad specification, 3 a live host serves the session already,
 * 1 anything else that kept it from starting.
 */
import { readFileSync } from 'node:fs'
import { HOST_PROTOCOL } from '../protocol/host.ts'
import type { HostSpec } from '../protocol/host.ts'
import { startHost } from './host.ts'
import { closeInherited } from './inherited.ts'
import { stepBehind } from './priority.ts'
import { SocketTaken } from './socket.ts'

/** Time between the signals when the host itself is told to end, milliseconds. */
const SHUT_DOWN_GRACE = 2000

/** @throws Error that says what is wrong with the file */
function readSpec(path: string | undefined): HostSpec {
  if (path === undefined) throw new Error('usage: host.js SPEC.json')
  const spec = JSON.parse(readFileSync(path, 'utf8')) as HostSpec
  if (spec.protocol !== HOST_PROTOCOL)
    throw new Error(`protocol ${spec.protocol}, and this host speaks ${HOST_PROTOCOL}`)
  for (const each of [spec.runDir, spec.stateDir, spec.cwd]) {
    if (typeof each !== 'string' || !each.startsWith('/'))
      throw new Error(`not an absolute path: ${String(each)}`)
  }
  if (!Array.isArray(spec.argv) || spec.argv.length === 0) throw new Error('argv is empty')
  if (typeof spec.token !== 'string' || spec.token === '') throw new Error('no token')
  for (const each of [spec.cols, spec.rows, spec.rawLogCap]) {
    if (!Number.isSafeInteger(each) || each < 1) throw new Error(`not a size: ${String(each)}`)
  }
  return spec
}

// A person who closes a terminal or presses Ctrl-C in it does not mean the sessions.
for (const name of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGPIPE'] as const) process.on(name, () => {})
// An error in one connection must not end the agent, which would be the end of this process.
process.on('uncaughtException', (error) => console.error(new Date().toISOString(), 'uncaught', error))

let spec: HostSpec
try {
  closeInherited()
  spec = readSpec(process.argv[2])
  stepBehind(process.pid)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(2)
}
try {
  const host = await startHost(spec, () => process.exit(0))
  // The machine goes down, or somebody means this process: end the session in order, records kept.
  process.on('SIGTERM', () => void host.shutDown(SHUT_DOWN_GRACE))
} catch (error) {
  console.error(error instanceof SocketTaken ? error.message : error)
  process.exit(error instanceof SocketTaken ? 3 : 1)
}

/**
 * Group 4 of the attacks, on the built product: who reaches its sockets, and whom it talks to. Where tests run as
 * root, another user is tried.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, lstatSync, mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findProgram } from '../../src/platform/find.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { createWorld, type World } from '../fixtures/world.ts'

const NOBODY = 65534
const can = process.getuid?.() === 0 && findProgram('setpriv', process.env.PATH ?? '') !== null
const title = `another user${can ? '' : ' (skipped: only root can become one, with setpriv)'}`

let world: World
let servers: Server[]
beforeEach(async () => {
  servers = []
  world = await createWorld()
})
afterEach(async () => {
  for (const server of servers) server.close()
  await world.close()
})

/** Tries to connect as another user, with a program that needs nothing this user may not read. */
function reach(path: string): string {
  const line = `use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die; print connect($s, pack_sockaddr_un($ARGV[0])) ? "reached" : "$!"`
  const become = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
  return execFileSync('setpriv', [...become, 'perl', '-e', line, path], { encoding: 'utf8', cwd: '/' })
}

/** Listens there, and counts who comes. */
async function impostor(path: string): Promise<{ heard: () => number }> {
  let heard = 0
  const server = createServer((socket) => {
    heard += 1
    socket.destroy()
  }).listen(path)
  servers.push(server)
  await once(server, 'listening')
  return { heard: () => heard }
}

test('every directory of sockets is closed to others, and so is every socket', async () => {
  await world.json(['run', 'Wait', '--name', 'one', '--', '/bin/sh', '-c', 'read -r line'])
  const { hostSocket } = await world.until('one', (s) => s.process.state === 'running', 'runs')
  const { run, door, supervisorSocket } = pathsFrom(world.env)
  const host = hostSocket ?? ''
  for (const directory of [run, door, join(run, 's'), dirname(host)])
    expect(lstatSync(directory).mode & 0o777, directory).toBe(0o700)
  for (const socket of [supervisorSocket, join(door, 'api.sock'), host])
    expect(lstatSync(socket).mode & 0o777, socket).toBe(0o600)
  if (!can) return
  // What lies above may be open to all, as /tmp is.
  for (const directory of [world.dir, dirname(run)]) chmodSync(directory, 0o755)
  for (const socket of [supervisorSocket, join(door, 'api.sock'), host])
    expect(reach(socket), socket).toBe('Permission denied')
  // The probe works: each of the two walls is enough, and both of them are there.
  chmodSync(run, 0o755)
  expect(reach(supervisorSocket)).toBe('Permission denied')
  chmodSync(supervisorSocket, 0o666)
  expect(reach(supervisorSocket)).toBe('reached')
})

describe.skipIf(!can)(title, () => {
  test('that made the directory of the sockets first is told nothing, and no supervisor starts there', async () => {
    const { run, supervisorSocket, door } = pathsFrom(world.env)
    mkdirSync(run, { recursive: true })
    const { heard } = await impostor(supervisorSocket)
    chownSync(run, NOBODY, NOBODY)
    const listed = await world.cli(['ls'])
    expect([listed.code, listed.stderr]).toEqual([1, expect.stringContaining(`belongs to user ${NOBODY}`)])
    expect(heard()).toBe(0)
    // Nor by a link to a directory of theirs.
    renameSync(run, `${run}-theirs`)
    symlinkSync(`${run}-theirs`, run)
    expect((await world.cli(['ls'])).stderr).toContain('is not a directory')
    expect(heard()).toBe(0)
    execFileSync('rm', ['-r', run, `${run}-theirs`])
    // Nor at the door that sessions are shown.
    mkdirSync(run, { mode: 0o700 })
    mkdirSync(door)
    chownSync(door, NOBODY, NOBODY)
    const refused = await world.cli(['ls'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`belongs to user ${NOBODY}`)])
  })
})

test('a socket that a killed supervisor left is no sign of life', async () => {
  await world.json(['ls'])
  const pid = await world.supervisor()
  process.kill(pid, 'SIGKILL')
  expect(lstatSync(pathsFrom(world.env).supervisorSocket).isSocket()).toBe(true)
  expect((await world.cli(['daemon', 'status'])).stdout).toContain('not running')
  expect((await world.cli(['ls'])).code).toBe(0)
  expect(await world.supervisor()).not.toBe(pid)
})

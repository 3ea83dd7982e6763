import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { HostControl } from '../../src/client/host.ts'
import { SESSION_MARKER, sweepOrphans } from '../../src/platform/end.ts'
import { openPty } from '../../src/host/pty.ts'
import { isAlive, processesOf, startTimeOf } from '../../src/platform/processes.ts'
import type { HostExit, HostIdentity } from '../../src/protocol/host.ts'
import {
  MAIN,
  TOKEN,
  cleanUp,
  follow,
  launch,
  onCleanUp,
  sh,
  specFor,
  start,
  temporaryDirectory,
  until,
  view,
} from './support.ts'

afterEach(cleanUp)

const linux = process.platform === 'linux'
const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T

test('the identity tells host and child, in files nobody else can read', async () => {
  const host = await start(specFor(sh('exec cat')))
  const identity = read<HostIdentity>(join(host.spec.runDir, 'host.json'))
  expect(identity).toMatchObject({ session: host.spec.session, generation: 1, pid: host.process.pid })
  expect(isAlive(identity)).toBe(true)
  expect(isAlive(identity.child)).toBe(true)
  expect(statSync(host.spec.runDir).mode & 0o777).toBe(0o700)
  expect(statSync(host.spec.stateDir).mode & 0o777).toBe(0o700)
  expect(statSync(host.socket).mode & 0o777).toBe(0o600)
  for (const name of readdirSync(host.spec.stateDir))
    expect(statSync(join(host.spec.stateDir, name)).mode & 0o077).toBe(0)
})

test.runIf(linux)('the session gets its terminal and no other descriptor (Linux: /proc)', async () => {
  // Node closes low descriptors that it inherits by mistake, and misses this one.
  const careless = ['bash', '-c', 'exec 200</dev/null; exec "$0" "$@"']
  const host = await start(specFor(sh('umask; echo done; exec cat')), careless)
  const viewer = await view(host)
  await viewer.shows((lines) => lines.includes('done'))
  const { child } = read<HostIdentity>(join(host.spec.runDir, 'host.json'))
  // Not the shell any more, which opens some for itself.
  await until(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'cat\n')
  expect(readdirSync(`/proc/${child.pid}/fd`).map(Number)).toEqual([0, 1, 2])
  // The socket's narrow umask is not the session's.
  expect(Number.parseInt(viewer.screen.text(null).lines[0]!, 8)).toBe(process.umask())
})

test('the exit status is on disk before a record or a viewer says so', async () => {
  const host = await start(specFor(sh('read x; exit 7')))
  const exitFile = join(host.spec.stateDir, 'exit.json')
  const { control, record, records } = await follow(host)
  const viewer = await view(host)
  const { child } = read<HostIdentity>(join(host.spec.runDir, 'host.json'))
  // The file cannot be written: a directory stands in its place.
  mkdirSync(join(exitFile, 'in-the-way'), { recursive: true })
  let ended = false
  void viewer.ended.then(() => (ended = true))
  viewer.viewer.input(Buffer.from('\n'))
  await until(() => !isAlive(child))
  await until(() => host.said().includes('exit.json'))
  expect(await control.request({ op: 'status' })).toMatchObject({ running: true, exit: null })
  expect(records.some((each) => each.kind === 'exit')).toBe(false)
  expect(ended).toBe(false)
  rmdirSync(join(exitFile, 'in-the-way'))
  rmdirSync(exitFile)
  await record('exit')
  expect(read<HostExit>(exitFile)).toMatchObject({
    session: host.spec.session,
    generation: 1,
    code: 7,
    signal: null,
  })
  expect(await viewer.ended).toEqual({ code: 7, signal: null })
})

test('a signal is told as such', async () => {
  const host = await start(specFor(sh('kill -KILL $$')))
  const { record } = await follow(host)
  expect(await record('exit')).toMatchObject({ code: null, signal: 'SIGKILL' })
})

test('it serves the final screen until its records are taken and nobody looks, then leaves', async () => {
  const host = await start(specFor(sh('echo final; exit 0')))
  const { control, record } = await follow(host)
  const { seq } = await record('exit')
  await expect(control.request({ op: 'quit' })).rejects.toMatchObject({ code: 'SESSION_WRONG_STATE' })
  const viewer = await view(host)
  await viewer.ended
  expect(viewer.screen.text(null).lines[0]).toBe('final')
  await control.request({ op: 'acknowledge', seq })
  expect(await control.request({ op: 'status' })).toMatchObject({ running: false, viewers: 1 })
  viewer.viewer.close()
  expect(await host.ended).toBe(0)
  expect(readdirSync(host.spec.runDir)).toEqual([])
})

test('quit ends it although somebody looks', async () => {
  const host = await start(specFor(sh('exit 0')))
  const { control, record } = await follow(host)
  const { seq } = await record('exit')
  await view(host)
  await control.request({ op: 'acknowledge', seq })
  await control.request({ op: 'quit' })
  expect(await host.ended).toBe(0)
})

test('a left-over socket file is replaced; a live host is not', async () => {
  const spec = specFor(sh('exec cat'))
  mkdirSync(spec.runDir, { recursive: true })
  const path = join(spec.runDir, 'host.sock')
  // A killed process leaves its file behind: close without unlinking does the same.
  const dead = launch(spec)
  await until(() => existsSync(join(spec.runDir, 'host.json')))
  dead.process.kill('SIGKILL')
  await dead.ended
  expect(existsSync(path)).toBe(true)
  const host = await start(spec)
  const second = launch(spec)
  expect(await second.ended).toBe(3)
  expect(second.said()).toContain('live host')
  expect(await (await HostControl.connect(path, { token: TOKEN })).request({ op: 'status' })).toMatchObject({
    identity: { pid: host.process.pid },
  })
})

test('it does not start where its hooks could not be served', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  onCleanUp(() => void taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const spec = specFor(sh('echo > started'), { hooks: { port, token: 't' } })
  const host = launch(spec)
  expect(await host.ended).toBe(1)
  expect(host.said()).toContain('EADDRINUSE')
  expect(existsSync(join(spec.cwd, 'started'))).toBe(false)
})

test.each([
  ['no JSON', '{'],
  ['another protocol', '{"protocol":99}'],
  ['a relative path', '{"protocol":1,"runDir":"x"}'],
])('a specification with %s is refused', (_, text) => {
  const file = join(temporaryDirectory(), 'spec.json')
  writeFileSync(file, text)
  const { status, stderr } = spawnSync(process.execPath, [MAIN, file], { encoding: 'utf8' })
  expect([status, stderr.trim() !== '']).toEqual([2, true])
})

/** A child in the tree, one that ignores all but KILL, one in another session, one forked twice under nohup. */
const FAMILY = `
trap '' HUP TERM
sleep 1000 &
setsid sh -c 'trap "" HUP TERM; echo $$ > setsid.pid; while :; do sleep 1; done' &
(setsid nohup sh -c '(trap "" HUP TERM INT; echo $$ > double.pid; while :; do sleep 1; done) &' >/dev/null 2>&1 &)
while [ ! -s setsid.pid ] || [ ! -s double.pid ]; do sleep 0.05; done
echo ready
cat`

test.runIf(linux)('kill reaches every descendant (Linux: setsid)', async () => {
  const host = await start(specFor(sh(FAMILY)))
  const viewer = await view(host)
  await viewer.shows((lines) => lines.includes('ready'))
  const marker = `${SESSION_MARKER}=${host.spec.session}`
  expect(processesOf(null, marker).length).toBeGreaterThanOrEqual(4)
  const { control, record } = await follow(host)
  expect(await control.request({ op: 'kill', grace: 100 })).toEqual({ left: [] })
  expect(processesOf(null, marker)).toEqual([])
  expect(await record('exit')).toMatchObject({ signal: 'SIGKILL' })
})

test.runIf(linux)('kill after the end ends what the session left behind (Linux: setsid)', async () => {
  const host = await start(
    specFor(
      sh(
        `setsid sh -c 'echo $$ > far.pid; exec sleep 1000' & while [ ! -s far.pid ]; do sleep 0.05; done; exit 0`,
      ),
    ),
  )
  const { control, record } = await follow(host)
  await record('exit')
  const marker = `${SESSION_MARKER}=${host.spec.session}`
  expect(processesOf(null, marker)).toHaveLength(1)
  expect(await control.request({ op: 'kill', grace: 100 })).toEqual({ left: [] })
  expect(processesOf(null, marker)).toEqual([])
})

const BWRAP = ['bwrap', '--dev-bind', '/', '/', '--proc', '/proc', '--unshare-pid', '--die-with-parent', '--']
const cells = linux && spawnSync(BWRAP[0]!, [...BWRAP.slice(1), 'true']).status === 0

test.runIf(cells)(
  'kill ends a cell whole, whoever ignores what in it (needs bubblewrap and user namespaces)',
  async () => {
    const host = await start(specFor([...BWRAP, ...sh(FAMILY)]))
    const viewer = await view(host)
    await viewer.shows((lines) => lines.includes('ready'))
    const marker = `${SESSION_MARKER}=${host.spec.session}`
    expect(processesOf(null, marker).length).toBeGreaterThanOrEqual(5)
    const { control, record } = await follow(host)
    expect(await control.request({ op: 'kill', grace: 100 })).toEqual({ left: [] })
    expect(processesOf(null, marker)).toEqual([])
    await record('exit')
  },
)

test('a program that ends when asked gets the chance', async () => {
  const host = await start(
    specFor(sh(`trap 'echo saved > saved; exit 5' HUP; echo ready; while :; do sleep 0.05; done`)),
  )
  const viewer = await view(host)
  await viewer.shows((lines) => lines.includes('ready'))
  const { control, record } = await follow(host)
  await control.request({ op: 'kill', grace: 5000 })
  expect(await record('exit')).toMatchObject({ code: 5 })
  expect(existsSync(join(host.spec.cwd, 'saved'))).toBe(true)
})

test.runIf(linux)(
  'a killed host takes its plain child with it; the sweep finds the rest (Linux: setsid)',
  async () => {
    const host = await start(
      specFor(
        sh(
          `setsid sh -c 'echo $$ > far.pid; exec sleep 1000' & while [ ! -s far.pid ]; do sleep 0.05; done; echo ready; exec cat`,
        ),
      ),
    )
    const viewer = await view(host)
    await viewer.shows((lines) => lines.includes('ready'))
    const { child } = read<HostIdentity>(join(host.spec.runDir, 'host.json'))
    const far = Number(readFileSync(join(host.spec.cwd, 'far.pid'), 'utf8'))
    host.process.kill('SIGKILL')
    await host.ended
    await until(() => !isAlive(child))
    expect(startTimeOf(far)).not.toBeNull()
    expect(await sweepOrphans(host.spec.session)).toEqual([])
    expect(startTimeOf(far)).toBeNull()
  },
)

test('closing the terminal it was started from does not end it; SIGTERM ends the session in order', async () => {
  const host = await start(
    specFor(sh(`trap 'exit 4' TERM; trap '' HUP; echo ready; while :; do sleep 0.05; done`)),
  )
  const viewer = await view(host)
  await viewer.shows((lines) => lines.includes('ready'))
  for (const name of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGPIPE'] as const) host.process.kill(name)
  const { control } = await follow(host)
  expect(await control.request({ op: 'status' })).toMatchObject({ running: true })
  host.process.kill('SIGTERM')
  expect(await host.ended).toBe(0)
  expect(read<HostExit>(join(host.spec.stateDir, 'exit.json'))).toMatchObject({ code: 4 })
  expect(readFileSync(join(host.spec.stateDir, 'records.jsonl'), 'utf8')).toContain('"kind":"exit"')
})

test('output that the program left behind is read, however late', async () => {
  const read: Uint8Array[] = []
  const ended = Promise.withResolvers<number>()
  const spec = specFor(sh(`printf first; read x; head -c 4000 /dev/zero; printf last; exit 0`))
  const pty = openPty(spec, {
    output(bytes) {
      read.push(bytes)
      if (read.length > 1) return
      // As when the emulator falls behind on a busy machine.
      pty.pause()
      pty.write(Buffer.from('\n'))
    },
    exit: () => ended.resolve(Buffer.concat(read).length),
  })
  await until(() => startTimeOf(pty.pid) === null)
  // node-pty alone gives up 200 ms after the end.
  await Promise.race([ended.promise, new Promise((resolve) => setTimeout(resolve, 600))])
  pty.resume()
  await ended.promise
  const text = Buffer.concat(read).toString('latin1')
  expect(text.endsWith('last')).toBe(true)
  expect(text.split('\0')).toHaveLength(4001)
})

/** One session whose host dies while it is being entered; told afterwards is what does not hold. */
import { spawn } from 'node:child_process'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { makePrivateDirectory, readJson } from '../../src/platform/files.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { processesOf, signal } from '../../src/platform/processes.ts'
import type { Leftover, SessionView } from '../../src/protocol/api.ts'
import type { World } from '../fixtures/world.ts'

/** Where the host dies; `running`: once the journal knows that its agent runs. */
export const POINTS = ['started', 'listening', 'spawned', 'running'] as const
export type Point = (typeof POINTS)[number]

/** Cannot be asked to leave; works; stays until it is told in its workspace. */
const SCRIPT = `trap '' HUP TERM; echo work > work.txt; git add work.txt; git commit -qm work; while [ ! -e stop ]; do sleep 0.05; done; rm stop`

/** Starts the supervisor whose hosts die on demand. */
async function startSupervisor(world: World): Promise<void> {
  const paths = pathsFrom(world.env)
  makePrivateDirectory(paths.state)
  const log = openSync(paths.supervisorLog, 'a')
  const child = spawn(process.execPath, [join(import.meta.dirname, 'supervisor.ts')], {
    env: world.env,
    stdio: ['ignore', log, log],
    detached: true,
  })
  child.unref()
  const deadline = Date.now() + 60_000
  for (;;) {
    const up = await world.client.call('status', {}).catch(() => null)
    if (up !== null) return
    if (Date.now() > deadline) throw new Error(readFileSync(paths.supervisorLog, 'utf8'))
    await delay(20)
  }
}

export async function enterAndDie(world: World, kind: string, point: Point): Promise<string[]> {
  await startSupervisor(world)
  const wrong: string[] = []
  const check = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what)
  }
  if (point !== 'running') writeFileSync(join(world.home, 'die-at'), point)
  const sh = ['/bin/sh', '-c', SCRIPT]
  await world.json(['run', 'Work', '--name', 'one', '--kind', kind, '--check', 'true', '--', ...sh])
  if (point === 'running') {
    const s = await world.until('one', (each) => each.process.state === 'running', 'runs')
    const host = readJson<{ pid: number }>(join(pathsFrom(world.env).sessionRun(s.id), 'host.json'))
    signal(host?.pid ?? 0, 'SIGKILL')
  }
  const dead = await world.until(
    'one',
    (s) => s.process.state === 'lost' && s.attention.length > 0,
    'says that its host is gone',
  )
  check(
    dead.attention[0]?.action.includes('resume') === true,
    `says what to do: ${dead.attention[0]?.action}`,
  )
  check(running(dead).length === 0, 'nothing of it is left running')
  await world.json(['resume', 'one'])
  const live = await world.until('one', (s) => s.process.state === 'running', 'runs again')
  // Its wall is built first; a second one that was left over would be there already.
  const programs = () =>
    running(live).flatMap(({ pid, args }) => (args[0] === '/bin/sh' && args[2] === SCRIPT ? [pid] : []))
  const deadline = Date.now() + 60_000
  let seen = programs()
  // The shell's own children look like it until they have become what they run: two looks tell.
  for (;;) {
    await delay(20)
    const now = programs()
    if ((seen.length > 0 && now.join() === seen.join()) || Date.now() > deadline) break
    seen = now
  }
  check(seen.length === 1, `it runs once, not ${seen.length} times`)
  writeFileSync(join(live.workspace.path, 'stop'), '')
  const done = await world.until('one', (s) => s.stage === 'handed-off', 'ends')
  check(done.process.exit?.code === 0, `it ends well: ${JSON.stringify(done.process.exit)}`)
  check(world.git(['show', `${done.branch}:work.txt`]) === 'work', 'its work is there')
  check((await world.cli(['rm', 'one', '--discard'])).code === 0, 'it can be removed')
  const { leftovers } = await world.json<{ leftovers: Leftover[] }>(['doctor'])
  check(leftovers.length === 0, `nothing is left: ${leftovers.map((each) => each.what).join(', ')}`)
  check(world.git(['status', '--porcelain']) === '', "the person's checkout is as it was")
  return wrong
}

/** The session's processes and their arguments. */
function running(s: SessionView): { pid: number; args: string[] }[] {
  return processesOf(null, `WORKTRAIN_SESSION=${s.id}`).map((pid) => {
    try {
      return { pid, args: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') }
    } catch {
      return { pid, args: [] }
    }
  })
}

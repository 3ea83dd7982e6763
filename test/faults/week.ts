/**
 * A short working week that goes on over any number of supervisor deaths: two sessions are run, one is
 * landed and removed while the other keeps working. What holds afterwards is checked from outside.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ensureSupervisor } from '../../src/client/supervisor.ts'
import type { Client } from '../../src/client/api.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { startTimeOf } from '../../src/platform/processes.ts'
import type { Input, Outputs, Procedure, SessionView } from '../../src/protocol/api.ts'
import { WorktrainError } from '../../src/protocol/errors.ts'
import type { World } from '../fixtures/world.ts'

const entry = join(import.meta.dirname, '../../src/supervisor/main.ts')

/** Works, commits, leaves something uncommitted besides, and ends. */
const QUICK = 'echo quick > quick.txt; git add quick.txt; git commit -qm quick; echo note > .env'
/** Writes and stays, until the file `stop` appears. */
const LONG = 'echo long > long.txt; while [ ! -e stop ]; do sleep 0.1; done'

/** Longest time a step may take before the test gives up, ms: a bound for a hang, not a measure. */
const PATIENCE_MS = 60_000

export interface Week {
  quick: SessionView
  long: SessionView
  supervisors: number
}

/** @param kind of the workspaces that are made */
export async function liveTheWeek(world: World, kind: 'sealed' | 'linked' = 'sealed'): Promise<Week> {
  const paths = pathsFrom(world.env)
  let supervisors = 0
  const connect = (): Promise<Client> =>
    ensureSupervisor({
      paths,
      env: world.env,
      spawn: { node: process.execPath, entry },
      version: 'test',
      built: 0,
      deadlineMs: PATIENCE_MS,
      onStart: () => void supervisors++,
    })

  /** One call; a supervisor that dies under it is followed by another, and the caller looks again. */
  async function call<P extends Procedure>(name: P, input: Input<P>): Promise<Outputs[P] | null> {
    try {
      return await (await connect()).call(name, input)
    } catch (error) {
      if (error instanceof WorktrainError && error.code === 'SUPERVISOR_UNREACHABLE') return null
      throw error
    }
  }
  async function look(name: string): Promise<SessionView | null> {
    const all = (await call('sessions', { repo: null, all: true })) ?? []
    return all.findLast((s) => s.name === name) ?? null
  }
  /** Polls, because the supervisor that would send the event may be the one that dies. */
  async function until(
    name: string,
    done: (s: SessionView) => boolean,
    act: (s: SessionView | null) => Promise<unknown>,
  ): Promise<SessionView> {
    const deadline = Date.now() + PATIENCE_MS
    let last: SessionView | null = null
    for (;;) {
      last = (await look(name)) ?? last
      if (last && done(last)) return last
      if (Date.now() > deadline)
        throw new Error(
          `${name} got stuck: ${JSON.stringify(last, null, 1)}\n${readFileSync(paths.supervisorLog, 'utf8').slice(-4000)}`,
        )
      await act(last)
      await delay(50)
    }
  }
  const nothing = async () => {}
  const refused =
    (...codes: string[]) =>
    (error: unknown) => {
      if (!(error instanceof WorktrainError) || !codes.includes(error.code)) throw error
    }
  const sh = (command: string) => ['/bin/sh', '-c', command]

  await until(
    'long',
    () => true,
    async (s) => {
      if (s) return
      // Set-up counts only once trusted.
      await call('trust', { repo: world.repo, yes: true })
      await call('run', {
        repo: world.repo,
        checks: ['sh check.sh'],
        sessions: [
          { name: 'quick', goal: 'Be quick', command: sh(QUICK), kind },
          { name: 'long', goal: 'Take long', command: sh(LONG), kind },
        ],
      }).catch(refused('NAME_TAKEN'))
    },
  )
  await until(
    'quick',
    (s) => s.stage !== 'planned' && s.process.state === 'exited' && s.stage !== 'active',
    nothing,
  )
  await until(
    'long',
    (s) => s.process.state === 'running' && existsSync(join(s.workspace.path, 'long.txt')),
    nothing,
  )
  const landed = await until(
    'quick',
    (s) => s.stage === 'landed',
    async (s) => {
      if (s?.stage === 'handed-off')
        await call('land', { repo: world.repo, name: 'quick' }).catch(
          refused('SESSION_WRONG_STATE', 'NOTHING_TO_LAND'),
        )
    },
  )
  const quick = await until(
    'quick',
    (s) => s.trashedUntil !== null,
    async () => {
      await call('rm', { repo: world.repo, name: 'quick', discard: true }).catch(
        refused('SESSION_WRONG_STATE'),
      )
    },
  )
  const long = await until('long', (s) => s.process.state === 'running', nothing)
  return { quick: { ...quick, head: landed.head }, long, supervisors }
}

/** Everything that must hold whatever died when. Returns what does not, as sentences. */
export function broken(world: World, week: Week): string[] {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: world.repo, env: world.env, encoding: 'utf8' }).trim()
  const wrong: string[] = []
  const check = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what)
  }
  check(git('show', 'main:quick.txt') === 'quick', 'the work is on main')
  const landings = git('rev-list', '--first-parent', '--merges', 'main').split('\n').filter(Boolean)
  check(landings.length === 1, `it landed once, not ${landings.length} times`)
  check(
    git('status', '--porcelain') === '',
    `the person's checkout is clean: ${git('status', '--porcelain')}`,
  )
  check(readFileSync(join(world.repo, 'quick.txt'), 'utf8') === 'quick\n', 'and holds what landed')
  check(
    existsSync(join(week.long.workspace.path, 'long.txt')),
    'the uncommitted work of the other session is there',
  )
  check(week.long.process.pid !== null && startTimeOf(week.long.process.pid) !== null, 'its process lives')
  check(!existsSync(week.quick.workspace.path), 'the removed workspace is gone')
  const trash = join(week.quick.workspace.path, '..', '.trash')
  const kept = existsSync(trash) ? readdirSync(trash) : []
  check(
    kept.length === 1 && existsSync(join(trash, kept[0] ?? '', '.env')),
    `the trash holds all of it: ${kept.join(', ')}`,
  )
  check(git('for-each-ref', `refs/worktrain/trash/${week.quick.id}`) !== '', 'and its refs')
  check(git('for-each-ref', 'refs/worktrain/cand') === '', 'no candidate is left')
  const fsck = execFileSync('git', ['fsck', '--full', '--no-dangling'], {
    cwd: world.repo,
    env: world.env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  check(!/error|missing|broken/.test(fsck), `git fsck is clean: ${fsck}`)
  const locks = execFileSync('find', [join(world.repo, '.git'), '-name', '*.lock'], { encoding: 'utf8' })
  check(locks === '', `no lock file is left: ${locks}`)
  return wrong
}

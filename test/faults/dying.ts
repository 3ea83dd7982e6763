/** A working week whose first supervisor dies by SIGKILL right after a journalled step. */
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateDirectory } from '../../src/platform/files.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { broken, liveTheWeek } from './week.ts'

/** Every journalled step of start, snapshot, landing and removal: the supervisor dies right after it. */
export const STEPS = [
  'supervisor.started',
  'session.planned',
  'session.admitted',
  'workspace.step:1',
  'workspace.step:2',
  'workspace.step:3',
  'workspace.step:4',
  'workspace.step:6',
  'workspace.step:8',
  'workspace.step:10',
  'workspace.setup',
  'workspace.made',
  'process.launching',
  'process.started',
  'process.exited',
  'branch.published',
  'snapshot.taken',
  'handoff.completed',
  'merge.predicted',
  'change.queued',
  'build.made',
  'check.started',
  'check.finished',
  'landing.intended',
  'change.landed',
  'removal.step:1',
  'removal.step:2',
  'removal.step:3',
  'removal.step:4',
  'removal.trashed',
] as const

/** @returns what did not hold, as sentences */
export async function dieAfter(step: string, kind: 'sealed' | 'linked', rung: string): Promise<string[]> {
  const world = await createWorld({
    files: { '.worktrain.toml': 'setup = ["echo prepared"]\n' },
    env: { WORKTRAIN_WALLS: rung },
  })
  try {
    const paths = pathsFrom(world.env)
    makePrivateDirectory(paths.state)
    const log = openSync(paths.supervisorLog, 'a')
    const doomed = spawn(process.execPath, [join(import.meta.dirname, 'supervisor.ts')], {
      env: { ...world.env, WORKTRAIN_DIE_AFTER: step },
      stdio: ['ignore', log, log],
      detached: true,
    })
    const died = new Promise<NodeJS.Signals | null>((resolve) =>
      doomed.on('exit', (_code, signal) => resolve(signal)),
    )
    // It answers, or has died already: only then is it the one that serves the first call.
    await Promise.race([died, answers(world)])
    const week = await liveTheWeek(world, kind)
    const how = await died
    return how === 'SIGKILL' ? broken(world, week) : [`the step ${step} was not reached: ${how}`]
  } finally {
    await world.close()
  }
}

async function answers(world: World): Promise<void> {
  for (;;) {
    const up = await world.client.call('status', {}).then(
      () => true,
      () => false,
    )
    if (up) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}

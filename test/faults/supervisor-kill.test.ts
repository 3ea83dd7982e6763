import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makePrivateDirectory } from '../../src/platform/files.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { broken, liveTheWeek } from './week.ts'

/** Every journalled step of start, snapshot, landing and removal: the supervisor dies right after it. */
const STEPS = [
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
  'change.building',
  'change.candidate',
  'check.started',
  'check.finished',
  'landing.intended',
  'change.landed',
  'removal.step:1',
  'removal.step:2',
  'removal.step:3',
  'removal.step:4',
  'removal.trashed',
]

describe.skipIf(process.platform !== 'linux')('SIGKILL of the supervisor (Linux: reads /proc)', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld({ files: { '.worktrain.toml': 'setup = ["echo prepared"]\n' } })
  })
  afterEach(async () => {
    await world.close()
  })

  test.each(STEPS)(
    'right after %s: every session lives, nothing is lost, main is tested, the train finishes',
    async (step) => {
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
      const week = await liveTheWeek(world)
      expect(await died, `the step ${step} was reached`).toBe('SIGKILL')
      expect(broken(world, week)).toEqual([])
    },
  )
})

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

/** A world's first supervisor, which dies by SIGKILL at a journalled step (`supervisor.ts` beside this). */
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateDirectory } from '../../src/platform/files.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import type { World } from '../fixtures/world.ts'

/** An event's type, `:n` for its n-th; the supervisor dies right after it is stored, or right before. */
export type Step = { after: string } | { before: string }

/** @returns once it answers, or has died already: only then is it the one that serves the first call */
export async function startDoomed(
  world: World,
  step: Step,
): Promise<{ died: Promise<NodeJS.Signals | null> }> {
  const paths = pathsFrom(world.env)
  makePrivateDirectory(paths.state)
  const log = openSync(paths.supervisorLog, 'a')
  const child = spawn(process.execPath, [join(import.meta.dirname, 'supervisor.ts')], {
    env: {
      ...world.env,
      ...('after' in step ? { WORKTRAIN_DIE_AFTER: step.after } : { WORKTRAIN_DIE_BEFORE: step.before }),
    },
    stdio: ['ignore', log, log],
    detached: true,
  })
  const died = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_code, how) => resolve(how)))
  await Promise.race([died, answers(world)])
  return { died }
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

/** A working week whose first supervisor dies by SIGKILL right after a journalled step. */
import { createWorld } from '../fixtures/world.ts'
import { startDoomed } from './doomed.ts'
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
    const { died } = await startDoomed(world, { after: step })
    const week = await liveTheWeek(world, kind)
    const how = await died
    return how === 'SIGKILL' ? broken(world, week) : [`the step ${step} was not reached: ${how}`]
  } finally {
    await world.close()
  }
}

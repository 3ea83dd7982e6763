/** Kills the supervisor at random moments of whole working weeks, and checks from outside what holds. */
import { setTimeout as delay } from 'node:timers/promises'
import { lockOwner } from '../../src/platform/lock.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { signal } from '../../src/platform/processes.ts'
import { broken, liveTheWeek } from '../faults/week.ts'
import { createWorld, type World } from '../fixtures/world.ts'

export interface SupervisorSoak {
  kills: number
  weeks: number
  supervisors: number
  /** What did not hold, as sentences; empty: everything did. */
  broken: string[]
}

/**
 * Time between two kills, ms: sometimes within the start of a supervisor, sometimes well into its work, so
 * that the week gets on.
 */
const BETWEEN_KILLS = { min: 20, max: 2500 }

/**
 * @param kills how many there must be at least; the week under way is lived to its end
 * @param random in [0, 1)
 */
export async function soakSupervisor(options: {
  kills: number
  random: () => number
  onWeek?: (soak: SupervisorSoak) => void
}): Promise<SupervisorSoak> {
  const soak: SupervisorSoak = { kills: 0, weeks: 0, supervisors: 0, broken: [] }
  while (soak.kills < options.kills && soak.broken.length === 0) {
    const world = await createWorld({ files: { '.worktrain.toml': 'setup = ["echo prepared"]\n' } })
    const killer = startKiller(world, options.random)
    try {
      const week = await liveTheWeek(world)
      soak.kills += await killer.stop()
      soak.weeks++
      soak.supervisors += week.supervisors
      soak.broken = broken(world, week)
    } finally {
      await killer.stop()
      await world.close()
    }
    options.onWeek?.(soak)
  }
  return soak
}

function startKiller(world: World, random: () => number): { stop: () => Promise<number> } {
  const { supervisorLock } = pathsFrom(world.env)
  const stop = new AbortController()
  let kills = 0
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const ms = BETWEEN_KILLS.min + random() * (BETWEEN_KILLS.max - BETWEEN_KILLS.min)
      await delay(ms, undefined, { signal: stop.signal }).catch(() => {})
      const owner = stop.signal.aborted ? null : lockOwner(supervisorLock)
      if (owner && signal(owner.pid, 'SIGKILL')) kills++
    }
  })()
  return {
    stop: async () => {
      stop.abort()
      await loop
      return kills
    },
  }
}

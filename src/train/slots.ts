/** How many builds this machine tests at a time. Pure. */

/** A build's checks, and the agents beside them, use about this many cores. */
const CORES_A_BUILD = 2
/** Memory that a build's checks are given, bytes: a test suite of a large Node or JVM project. */
const MEMORY_A_BUILD = 4 * 1024 ** 3
/** More at a time gains little in any simulated cell (docs/decisions/0031). */
const MOST = 8

/**
 * @param configured `train.slots`; null: as many as the machine carries
 * @param machine what it has: cores, and memory in bytes
 */
export function slotsFor(
  configured: number | null,
  machine: { cores: number; memoryBytes: number },
): { count: number; why: string } {
  if (configured !== null) return { count: configured, why: 'as configured (train.slots)' }
  const byCores = Math.max(1, Math.floor(machine.cores / CORES_A_BUILD))
  const byMemory = Math.max(1, Math.floor(machine.memoryBytes / MEMORY_A_BUILD))
  const count = Math.min(byCores, byMemory, MOST)
  const gib = Math.round(machine.memoryBytes / 1024 ** 3)
  return { count, why: `this machine has ${machine.cores} cores and ${gib} GiB of memory` }
}

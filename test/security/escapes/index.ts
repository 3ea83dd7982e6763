/** Every attack there is, and the gaps through which some are known to come. */
import { AGENT } from './agent.ts'
import { MACHINE } from './machine.ts'
import { OWN } from './own.ts'
import { SHARED_GIT } from './shared-git.ts'
import type { Vector } from './vector.ts'

export const VECTORS: readonly Vector[] = [...MACHINE, ...AGENT, ...SHARED_GIT, ...OWN]

/** Every attack there is, and the gaps through which some are known to come. */
import { AGENT } from './agent.ts'
import { MACHINE_FILES } from './machine.ts'
import { MACHINE_OTHERS } from './machine-others.ts'
import { OWN } from './own.ts'
import { PRODUCT } from './product.ts'
import { SHARED_GIT } from './shared-git.ts'
import type { Vector } from './vector.ts'

export const VECTORS: readonly Vector[] = [
  ...MACHINE_FILES,
  ...MACHINE_OTHERS,
  ...AGENT,
  ...SHARED_GIT,
  ...OWN,
  ...PRODUCT,
]

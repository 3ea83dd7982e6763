/** The room's door. */
export {
  configSchema,
  contentHash,
  executableOf,
  mergeConfig,
  parseConfig,
  parseUserConfig,
  TRUSTED_ONLY,
  untrustedPart,
  writtenValues,
} from './config.ts'
export type { Config, ConfigKey, ConfigSource, ConfigValues, NotifyKeys } from './config.ts'
export { validateGlob } from './globs.ts'
export { nameFromGoal, validateName } from './names.ts'
export { order } from './order.ts'
export type { Waiting } from './order.ts'
export { overlaps } from './overlap.ts'
export type { Claim, Overlap } from './overlap.ts'
export { parsePlan, planSchema } from './plan.ts'
export type { Plan } from './plan.ts'

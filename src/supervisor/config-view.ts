/** The configuration in force, as the person wrote it, and where each value is from. Pure. */
import { TRUSTED_ONLY, writtenValues } from '../partition/index.ts'
import type { Outputs } from '../protocol/api.ts'
import type { LoadedConfig } from './config.ts'

export function configView(loaded: LoadedConfig): Outputs['config'] {
  const { values, sources, files, detected, trusted } = loaded
  const held = trusted
    ? {}
    : Object.fromEntries(
        TRUSTED_ONLY.map((key) => [key, `${sources[key]}; what the repository says is not trusted`]),
      )
  const found = (key: 'checks' | 'setup') => values[key].length === 0 && detected[key].length > 0
  return {
    values: {
      ...writtenValues(values),
      ...(found('checks') ? { checks: detected.checks } : {}),
      ...(found('setup') ? { setup: detected.setup } : {}),
    },
    sources: {
      ...sources,
      ...held,
      ...(found('checks') ? { checks: 'detected' } : {}),
      ...(found('setup') ? { setup: 'detected, for the train only' } : {}),
    },
    files,
  }
}

/** The configuration in force, as the person wrote it, and where each value is from. */
import { type ConfigKey, TRUSTED_ONLY, writtenValues } from '../partition/index.ts'
import type { Outputs } from '../protocol/api.ts'
import type { RepositoryContext } from './repositories.ts'
import { slotsOf } from './trains/settings.ts'

export function configView(context: RepositoryContext): Outputs['config'] {
  const { values, sources, files, trusted } = context.loaded
  const found = Object.entries(foundBy(context)).filter(
    ([key, { value }]) => isUnset(values[key as ConfigKey]) && !isUnset(value),
  )
  const from: Record<string, string> = {
    ...sources,
    ...Object.fromEntries(found.map(([key, { from: where }]) => [key, where])),
  }
  const held = trusted
    ? {}
    : Object.fromEntries(
        TRUSTED_ONLY.map((key) => [key, `${from[key]}; what the repository says is not trusted`]),
      )
  return {
    values: {
      ...writtenValues(values),
      ...Object.fromEntries(found.map(([key, { value }]) => [key, value])),
    },
    sources: { ...from, ...held },
    files,
  }
}

const isUnset = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0)

/** What holds where nothing is configured, and is no fixed default. */
function foundBy({ loaded: { detected }, target, workspacesDir }: RepositoryContext) {
  const slots = slotsOf(null)
  return {
    checks: { value: detected.checks, from: 'detected' },
    setup: { value: detected.setup, from: 'detected, for the train only' },
    target: { value: target, from: "default: the remote's, or what is checked out" },
    'workspaces.directory': { value: workspacesDir, from: 'default: beside the repository' },
    'train.slots': { value: slots.count, from: `default: ${slots.why}` },
  } satisfies Partial<Record<ConfigKey, { value: unknown; from: string }>>
}

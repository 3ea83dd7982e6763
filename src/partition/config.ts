/** `.worktrain.toml`, `.worktrain.local.toml` and the person's own: what may stand in them and what they amount to. */
import { createHash } from 'node:crypto'
import { TomlError, parse } from 'smol-toml'
import { z } from 'zod'
import { type CheckSpec, WorktrainError } from '../protocol/index.ts'
import { type CheckEntry, CheckEntries, checkSpecOf, Command, describeCheck, entryOf } from './checks.ts'
import { lineOf, problemsOf } from './problems.ts'
import { durationMs, durationText, sizeBytes, sizeText } from './quantities.ts'
import { TrainKeys } from './train-keys.ts'

const commands = z.array(Command)
const path = z
  .string()
  .min(1)
  .regex(/^[^\0]*$/, 'must not hold a NUL')

export const Config = z.strictObject({
  target: z
    .string()
    .min(1)
    .optional()
    .describe('Branch that sessions land on; default: the one checked out.'),
  checks: CheckEntries.optional().describe('Commands that must succeed on the merged tree before it lands.'),
  setup: commands.optional().describe('Commands that prepare a new workspace.'),
  branch_prefix: z
    .string()
    .regex(
      /^$|^[A-Za-z0-9](?:[A-Za-z0-9_-]|[./](?![./]))*$/,
      'must be the beginning of a branch name, such as "worktrain/"',
    )
    .optional()
    .describe('What the names of new branches begin with.'),
  owns: z
    .enum(['refuse', 'report'])
    .optional()
    .describe('What becomes of a write outside the paths that a brief owns; default: refuse.'),
  workspaces: z
    .strictObject({
      directory: path
        .optional()
        .describe('Where workspaces are made; default: REPOSITORY.worktrees beside the repository.'),
      kind: z
        .enum(['sealed', 'linked'])
        .optional()
        .describe('sealed: a private .git; linked: a plain git worktree.'),
    })
    .optional(),
  limits: z
    .strictObject({
      active: z.number().int().positive().optional().describe('Sessions at work at the same time.'),
      unreviewed: z
        .number()
        .int()
        .positive()
        .optional()
        .describe('Sessions handed off and not yet reviewed, before new ones wait.'),
    })
    .optional(),
  cell: z
    .strictObject({
      rung: z
        .enum(['auto', 'bubblewrap', 'landlock', 'sandbox-exec', 'hooks'])
        .optional()
        .describe(
          'How the walls are enforced; auto: the best way this machine has. Any other is used or refused. hooks: advisory, without a wall.',
        ),
      writable: z.array(path).optional().describe('Further paths that sessions may write.'),
      readable: z
        .array(path)
        .optional()
        .describe('Paths that sessions may read though the walls hide them, such as a credential.'),
      hidden: z.array(path).optional().describe('Further paths that sessions may not see.'),
    })
    .optional()
    .describe('The walls around a session. A path is absolute or begins with ~/.'),
  trash: z
    .strictObject({
      days: z.number().int().nonnegative().optional().describe('How long removed work is kept.'),
    })
    .optional(),
  train: TrainKeys.optional().describe('The merge queue.'),
})
/** One file, as written. */
export type Config = z.infer<typeof Config>

const NotifyKeys = z.strictObject({
  desktop: z.boolean().optional().describe('Show a notification of the desktop; default: false.'),
  command: Command.optional().describe('Run this by /bin/sh for what waits for you, told on standard input.'),
})
/** How the person wants to be told. */
export type NotifyKeys = z.infer<typeof NotifyKeys>

/** The person's own file: what it says beyond this a repository must never say. */
const UserConfig = Config.extend({ notify: NotifyKeys.optional() })
export type UserConfig = z.infer<typeof UserConfig>

/** The one table of keys: where each stands in a file, and its value when no file says anything. Ms, bytes. */
const DEFAULTS = {
  target: null as string | null,
  checks: [] as CheckSpec[],
  setup: [] as string[],
  branch_prefix: 'worktrain/',
  owns: 'refuse' as 'refuse' | 'report',
  'workspaces.directory': null as string | null,
  'workspaces.kind': 'sealed' as 'sealed' | 'linked',
  'limits.active': 16,
  'limits.unreviewed': 4,
  'cell.rung': 'auto' as 'auto' | 'bubblewrap' | 'landlock' | 'sandbox-exec' | 'hooks',
  'cell.writable': [] as string[],
  'cell.readable': [] as string[],
  'cell.hidden': [] as string[],
  'trash.days': 30,
  'train.slots': null as number | null,
  'train.mode': 'prefix' as 'prefix' | 'every-commit',
  'train.verify': true,
  'train.push': null as string | null,
  'train.attempts': 3,
  'train.update': 'off' as 'off' | 'merge' | 'rebase',
  'train.resolve_with': null as string | null,
  'train.remember': true,
  'train.merge_driver': null as string | null,
  /** Null: those that are found. */
  'train.tools': null as string[] | null,
  'train.timeout': 60 * 60_000,
  'train.memory': null as number | null,
}

/** Keys whose value is not kept as it is written: to the value, and back. */
const CONVERTED: Partial<
  Record<ConfigKey, { read: (written: never) => unknown; write: (value: never) => unknown }>
> = {
  checks: {
    read: (entries: CheckEntry[]) => entries.map(checkSpecOf),
    write: (specs: CheckSpec[]) => specs.map(entryOf),
  },
  'train.timeout': { read: durationMs, write: durationText },
  'train.memory': { read: sizeBytes, write: sizeText },
}

export type ConfigKey = keyof typeof DEFAULTS
/** Every key with its value, by its dotted name. */
export type ConfigValues = typeof DEFAULTS
export type ConfigSource = 'default' | 'user' | 'shared' | 'local'

/** Keys that run something, or decide what a session may reach: from a repository only once trusted. */
export const TRUSTED_ONLY = [
  'checks',
  'setup',
  'owns',
  'cell.rung',
  'cell.writable',
  'cell.readable',
  'cell.hidden',
  'workspaces.directory',
  'train.push',
  'train.resolve_with',
  'train.merge_driver',
  'train.tools',
] as const satisfies ConfigKey[]

/**
 * @param text TOML
 * @param file its name, for messages
 * @throws CONFIG_INVALID naming the line, where it is known, and the key
 */
export function parseConfig(text: string, file: string): Config {
  return parsed(Config, text, file)
}

/** The same of the person's own file. */
export function parseUserConfig(text: string, file: string): UserConfig {
  return parsed(UserConfig, text, file)
}

function parsed<T>(schema: z.ZodType<T>, text: string, file: string): T {
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '')
    throw new WorktrainError('CONFIG_INVALID', `${file}:${error.line}: ${reason}.`, {
      cause: error,
      details: { file, line: error.line },
    })
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, Object.keys(DEFAULTS)))
  const message = problems.map(({ key, what }) => `${file}${lineOf(text, key)}: ${key}: ${what}`).join('\n')
  throw new WorktrainError('CONFIG_INVALID', message, { details: { file, problems } })
}

/**
 * The three files as one: local over shared over user over default. A list replaces a list.
 * @param user the person's own; `shared` and `local` are the repository's
 */
export function mergeConfig(
  user: Config | null,
  shared: Config | null,
  local: Config | null,
): { values: ConfigValues; sources: Record<ConfigKey, ConfigSource> } {
  const files = { local, shared, user }
  const values: Record<string, unknown> = {}
  const sources: Record<string, ConfigSource> = {}
  for (const key of Object.keys(DEFAULTS) as ConfigKey[]) {
    const source = (['local', 'shared', 'user'] as const).find(
      (name) => valueAt(files[name], key) !== undefined,
    )
    sources[key] = source ?? 'default'
    const written = source ? valueAt(files[source], key) : undefined
    values[key] = source ? read(key, written) : structuredClone(DEFAULTS[key])
  }
  return { values: values as unknown as ConfigValues, sources: sources as Record<ConfigKey, ConfigSource> }
}

function read(key: ConfigKey, written: unknown): unknown {
  return CONVERTED[key] ? CONVERTED[key].read(written as never) : written
}

/** Every key by its dotted name, with its value as it would be written in a file. */
export function writtenValues(values: ConfigValues): Record<ConfigKey, unknown> {
  const written = Object.entries(values).map(([key, value]) => {
    const converted = value === null ? undefined : CONVERTED[key as ConfigKey]
    return [key, converted ? converted.write(value as never) : value] as const
  })
  return Object.fromEntries(written) as Record<ConfigKey, unknown>
}

/** The file without what counts only once trusted. */
export function untrustedPart(config: Config): Config {
  const part = structuredClone(config)
  for (const key of TRUSTED_ONLY) {
    const names = key.split('.')
    const last = names.pop() ?? key
    const table = names.reduce<unknown>(
      (at, name) => (at as Record<string, unknown> | undefined)?.[name],
      part,
    )
    if (table !== undefined) delete (table as Record<string, unknown>)[last]
  }
  return part
}

/**
 * What of the repository's files counts only once the person trusted it in this very form.
 * @returns `commands`: each command, and each path it opens, as a line to show (none: nothing to trust);
 *   `hash`: changes whenever any of them does
 */
export function executableOf(
  shared: Config | null,
  local: Config | null,
): { commands: string[]; hash: string } {
  const parts = TRUSTED_ONLY.map((key) => [key, valueAt(local, key) ?? valueAt(shared, key) ?? null] as const)
  const lines = parts.flatMap(([key, value]) =>
    (value === null ? [] : ([value].flat() as CheckEntry[])).map((one) => `${key}: ${describeCheck(one)}`),
  )
  return { commands: lines, hash: contentHash(Object.fromEntries(parts)) }
}

/** SHA-256 of plain data, whatever the order of its keys. */
export function contentHash(value: unknown): string {
  const sorted = JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
  return createHash('sha256').update(sorted).digest('hex')
}

/** The published JSON Schema of the file. */
export function configSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(Config, { io: 'input' }), title: 'Worktrain configuration' }
}

function valueAt(config: Config | null, key: ConfigKey): unknown {
  return key
    .split('.')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | null | undefined)?.[part], config)
}

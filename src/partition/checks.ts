/** What may stand under `checks`: a command, or a table with the command and what is known about running it. */
import { z } from 'zod'
import { plainCheck, type CheckSpec, WorktrainError } from '../protocol/index.ts'
import { validateGlob } from './globs.ts'
import { DURATION, durationMs, durationText, SIZE, sizeBytes, sizeText } from './quantities.ts'

export const Command = z.string().trim().min(1)

export const Duration = z
  .string()
  .regex(DURATION.pattern, `must be a duration such as ${DURATION.example}`)
  .refine((text) => durationMs(text) !== null, 'must be at most a week')

export const Size = z
  .string()
  .regex(SIZE.pattern, `must be a size such as ${SIZE.example}`)
  .refine((text) => sizeBytes(text) !== null, 'is more than any machine has')

const Glob = z.string().superRefine((glob, ctx) => {
  try {
    validateGlob(glob)
  } catch (error) {
    if (!(error instanceof WorktrainError)) throw error
    ctx.addIssue(error.message.replace(/\.$/, ''))
  }
})

const ReportPath = z
  .string()
  .min(1)
  .max(500)
  .refine(
    (path) =>
      !/^[/~]|[\u0000-\u001f]/.test(path) &&
      !path.split('/').some((part) => ['..', '', '.git'].includes(part)),
    'must be the path of a file below the top of the repository',
  )

const Table = z.strictObject({
  run: Command.describe('The command.'),
  timeout: Duration.optional().describe('After this it is ended and is red; default: train.timeout.'),
  memory: Size.optional().describe(
    'Memory of all its processes together above which it is ended and is red; default: train.memory.',
  ),
  paths: z
    .array(Glob)
    .min(1)
    .optional()
    .describe('The only paths that can change its verdict: not run when nothing else changed.'),
  report: ReportPath.optional().describe('File it writes its test results to: JUnit, TAP, vitest or pytest.'),
})

/** One check as written. */
export type CheckEntry = z.infer<typeof CheckEntry>
export const CheckEntry = z.union([Command, Table], { error: 'must be a command, or a table with `run`' })

/** Keys of the table, to tell a mistyped one by. */
export const CHECK_KEYS = Object.keys(Table.shape)

export const CheckEntries = z.array(CheckEntry).superRefine((entries, ctx) => {
  const commands = entries.map(commandOf)
  const twice = commands.findIndex((command, index) => commands.indexOf(command) !== index)
  if (twice !== -1) ctx.addIssue({ code: 'custom', path: [twice], message: 'this command is there already' })
})

const commandOf = (entry: CheckEntry): string => (typeof entry === 'string' ? entry : entry.run)

/** @param entry one that was accepted */
export function checkSpecOf(entry: CheckEntry): CheckSpec {
  if (typeof entry === 'string') return plainCheck(entry)
  return {
    run: entry.run,
    timeoutMs: entry.timeout === undefined ? null : durationMs(entry.timeout),
    memoryBytes: entry.memory === undefined ? null : sizeBytes(entry.memory),
    paths: entry.paths ?? [],
    report: entry.report ?? null,
  }
}

/** The entry that {@link checkSpecOf} reads as this check. */
export function entryOf({ run, timeoutMs, memoryBytes, paths, report }: CheckSpec): CheckEntry {
  const table = {
    ...(timeoutMs === null ? {} : { timeout: durationText(timeoutMs) }),
    ...(memoryBytes === null ? {} : { memory: sizeText(memoryBytes) }),
    ...(paths.length === 0 ? {} : { paths }),
    ...(report === null ? {} : { report }),
  }
  return Object.keys(table).length === 0 ? run : { run, ...table }
}

/** For a person who decides whether to trust it: the whole command, then what is said about it. */
export function describeCheck(entry: CheckEntry): string {
  if (typeof entry === 'string') return entry
  const { run, timeout, memory, paths, report } = entry
  const said = [
    ...(timeout === undefined ? [] : [`at most ${timeout}`]),
    ...(memory === undefined ? [] : [`at most ${memory} of memory`]),
    ...(paths === undefined ? [] : [`only for ${paths.join(' ')}`]),
    ...(report === undefined ? [] : [`results in ${report}`]),
  ]
  return said.length === 0 ? run : `${run} [${said.join('; ')}]`
}

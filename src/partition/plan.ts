/** The plan file (DESIGN section 7): what may stand in it, and what it says. */
import { z } from 'zod'
import { BriefInput } from '../protocol/api.ts'
import { WorktrainError } from '../protocol/index.ts'
import { validateGlob } from './globs.ts'
import { validateName } from './names.ts'
import { order } from './order.ts'
import { didYouMean } from './suggest.ts'
import { readYaml } from './yaml.ts'
import type { Yaml } from './yaml.ts'

const count = z.number().int().positive()

export const Plan = z.strictObject({
  target: z
    .string()
    .min(1)
    .optional()
    .describe('Branch that everything lands on; default: the repository’s.'),
  limits: z
    .strictObject({
      active: count.optional().describe('Sessions at work at the same time.'),
      unreviewed: count
        .optional()
        .describe('Sessions handed off and not yet reviewed, before new ones wait.'),
    })
    .optional(),
  shared: z.array(z.string()).default([]).describe('Globs of areas that have one owner at a time.'),
  checks: z
    .array(z.string().min(1))
    .optional()
    .describe('Commands that must succeed on the merged tree before it lands.'),
  sessions: z.array(BriefInput).min(1),
})
export type Plan = z.infer<typeof Plan>

type Path = readonly PropertyKey[]

/**
 * @param text YAML
 * @param file its name, for messages
 * @param known names of live sessions, which `after` may name as well
 * @throws PLAN_INVALID, PLAN_CYCLE, GLOB_INVALID, NAME_INVALID: each names the line and the key
 */
export function parsePlan(text: string, file: string, known: Iterable<string> = []): Plan {
  const yaml = readYaml(text, file)
  const parsed = Plan.safeParse(yaml.value)
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, yaml))
    const message = problems
      .map(({ line, key, what }) => `${file}:${line}: ${key === '' ? '' : `${key}: `}${what}`)
      .join('\n')
    throw new WorktrainError('PLAN_INVALID', message, { details: { file, problems } })
  }
  const plan = parsed.data
  checkGlobs(plan, yaml, file)
  checkNames(plan, yaml, file)
  checkAfter(plan, yaml, file, known)
  return plan
}

/** The published JSON Schema of the file. */
export function planSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(Plan, { io: 'input' })
  return { ...schema, title: 'Worktrain plan file' }
}

function problemsOf(issue: z.core.$ZodIssue, yaml: Yaml): { line: number; key: string; what: string }[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ line: yaml.lineOf(issue.path), key: keyOf(issue.path), what: issue.message }]
  return issue.keys.map((key) => {
    const path = [...issue.path, key]
    return {
      line: yaml.lineOf(path),
      key: keyOf(path),
      what: `unknown key${didYouMean(key, keysAt(issue.path))}`,
    }
  })
}

function keysAt(path: Path): string[] {
  if (path[0] === 'limits') return ['active', 'unreviewed']
  return Object.keys(path[0] === 'sessions' ? BriefInput.shape : Plan.shape)
}

function checkGlobs(plan: Plan, yaml: Yaml, file: string): void {
  const lists: [Path, string[]][] = [[['shared'], plan.shared]]
  for (const [index, brief] of plan.sessions.entries())
    lists.push([['sessions', index, 'owns'], brief.owns], [['sessions', index, 'avoid'], brief.avoid])
  for (const [path, globs] of lists)
    for (const [index, glob] of globs.entries()) at(yaml, file, [...path, index], () => validateGlob(glob))
}

function checkNames(plan: Plan, yaml: Yaml, file: string): void {
  const lines = new Map<string, number>()
  for (const [index, { name }] of plan.sessions.entries()) {
    if (name === undefined) continue
    const path = ['sessions', index, 'name']
    at(yaml, file, path, () => {
      validateName(name)
      // Without case: two such directories are one on some file systems.
      const line = lines.get(name.toLowerCase())
      if (line !== undefined)
        throw new WorktrainError(
          'PLAN_INVALID',
          `"${name}" is the name of the session on line ${line} as well.`,
        )
    })
    lines.set(name.toLowerCase(), yaml.lineOf(path))
  }
}

function checkAfter(plan: Plan, yaml: Yaml, file: string, known: Iterable<string>): void {
  const named = plan.sessions.map(({ name, after }, index) => ({
    name: name ?? `session ${index + 1}`,
    after,
  }))
  const names = [...named.map(({ name }) => name), ...known]
  for (const [index, { after }] of named.entries()) {
    for (const [n, other] of after.entries()) {
      at(yaml, file, ['sessions', index, 'after', n], () => {
        if (!names.includes(other))
          throw new WorktrainError(
            'PLAN_INVALID',
            `There is no session "${other}"${didYouMean(other, names) || '.'}`,
          )
      })
    }
  }
  at(yaml, file, ['sessions'], () => order(named, known))
}

/** Runs a check; its error gets the place where the file says it. */
function at(yaml: Yaml, file: string, path: Path, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof WorktrainError)) throw error
    const line = yaml.lineOf(path)
    throw new WorktrainError(error.code, `${file}:${line}: ${keyOf(path)}: ${error.message}`, {
      hint: error.hint,
      details: { ...error.details, file, line, key: keyOf(path) },
      cause: error,
    })
  }
}

function keyOf(path: Path): string {
  return path.reduce<string>((before, key) => {
    if (typeof key === 'number') return `${before}[${key}]`
    return before === '' ? String(key) : `${before}.${String(key)}`
  }, '')
}

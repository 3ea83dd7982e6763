/** `worktrain run [GOAL…] [-f PLAN]`. */
import type { BriefInput, Input, Outputs, SessionView } from '../../protocol/api.ts'
import { requestOf } from '../../protocol/plan.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { fileOf } from '../input.ts'
import { columns, oneLine, truncate } from '../../terminal/text.ts'
import { waitFor } from '../wait.ts'
import { rungTitle } from '../../protocol/session.ts'

export interface RunOptions {
  file?: string
  name?: string
  agent?: string
  model?: string
  permissionMode?: string
  headless?: true
  owns?: string[]
  avoid?: string[]
  after?: string[]
  check?: string[]
  base?: string
  branch?: string
  existingBranch?: true
  existing?: string
  kind?: 'sealed' | 'linked'
  land?: true
  wait?: true
  rest?: string[]
}

export async function run(ctx: Context, [goals]: [string[]], options: RunOptions): Promise<number> {
  const briefs = briefsOf(goals, options)
  const text = options.file === undefined ? null : await fileOf(ctx, options.file)
  const client = await ctx.supervisor()
  const repo = ctx.directory
  let request: Input<'run'> = { repo, sessions: briefs, ...(options.check ? { checks: options.check } : {}) }
  if (text !== null) {
    const plan = await client.call('plan', { repo, text, file: options.file ?? '-' })
    request = requestOf(repo, plan)
  }
  const started = await client.call('run', request)
  if (!options.wait) {
    ctx.show<'run'>(started, renderStarted)
    return 0
  }
  if (!ctx.json) ctx.say(renderStarted(started, ctx.look))
  // Sessions are answered in the order in which they were asked for.
  const landing = new Set(started.sessions.filter((_s, i) => request.sessions[i]?.land).map(({ id }) => id))
  const ended = await waitFor(client, started.sessions, {
    say: (line) => (ctx.json ? undefined : ctx.say(line)),
    lands: ({ id }) => landing.has(id),
  })
  if (ctx.json) ctx.say(JSON.stringify({ ...started, sessions: ended.sessions }, null, 2))
  return ended.needsPerson ? 4 : 0
}

/** @throws USAGE when the goals and the options do not go together */
export function briefsOf(goals: readonly string[], options: RunOptions): BriefInput[] {
  const usage = (message: string): WorktrainError =>
    new WorktrainError('USAGE', message, { hint: 'See `worktrain run --help`.' })
  if (options.file !== undefined) {
    const { file: _file, wait: _wait, ...others } = options
    const other = Object.keys(others).find((key) => !['json', 'repo'].includes(key))
    if (goals.length > 0 || other !== undefined) {
      throw usage(
        `A plan file says everything of its sessions: ${other ? `--${dashed(other)}` : 'a goal'} cannot be added to it.`,
      )
    }
    return []
  }
  const command = options.rest ?? []
  const agent = options.agent ?? (command.length > 0 ? 'command' : undefined)
  if (agent === 'command' && command.length === 0)
    throw usage('--agent command needs the program after `--`.')
  if (agent !== 'command' && command.length > 0)
    throw usage(`Words after \`--\` are for --agent command, not for ${agent}.`)
  const wanted = goals.length === 0 && command.length > 0 ? [command.join(' ')] : goals
  if (wanted.length === 0) throw usage('What shall be done? Give a goal, or a plan file with -f.')
  for (const single of ['name', 'branch', 'existing'] as const) {
    if (options[single] !== undefined && wanted.length > 1)
      throw usage(`--${single} is for one session, and there are ${wanted.length} goals.`)
  }
  if (options.existingBranch && options.branch === undefined)
    throw usage('--existing-branch needs --branch NAME.')
  return wanted.map((goal) => ({
    goal,
    owns: options.owns ?? [],
    avoid: options.avoid ?? [],
    after: options.after ?? [],
    command,
    ...given({ ...pick(options), agent, checks: options.check }),
  }))
}

function pick({
  name,
  model,
  permissionMode,
  headless,
  land,
  base,
  branch,
  existingBranch,
  existing,
  kind,
}: RunOptions) {
  return { name, model, permissionMode, headless, land, base, branch, existingBranch, existing, kind }
}

/** Without the keys that hold nothing. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

function dashed(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

export function renderStarted({ sessions, notes }: Outputs['run'], look: Look): string {
  const said = sessions.flatMap((s) => [
    look.paint('bold', oneLine(s.name)),
    ...started(s).map((line) => truncate(`  ${line}`, look.width)),
  ])
  for (const note of notes) said.push(look.paint('yellow', `! ${oneLine(note)}`))
  said.push('see how they are: worktrain ls')
  return said.join('\n')
}

function started(s: SessionView): string[] {
  const facts: [string, string][] = [
    ['branch', s.branch],
    // What it starts from was chosen, unless it was named: that must not be cut off.
    ['base', s.base.chosen],
    ['workspace', `${s.workspace.path} (${s.workspace.kind})`],
    ['agent', s.agent],
    // A session that waits has no cell yet.
    s.waitsFor.length > 0
      ? ['waits for', s.waitsFor.join(', ')]
      : ['wall', `${rungTitle(s.cell.rung)}${s.cell.why ? `: ${s.cell.why}` : ''}`],
    ...s.warnings.map((warning): [string, string] => ['warning', warning]),
  ]
  return columns(facts.map(([name, value]) => [name, oneLine(value)]))
}

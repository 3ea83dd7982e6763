/** `worktrain plan -f PLAN`. */
import type { Outputs } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { fileOf } from '../input.ts'
import { columns, count, oneLine, truncate } from '../../terminal/text.ts'

export async function run(ctx: Context, _args: [], options: { file?: string }): Promise<void> {
  if (options.file === undefined)
    throw new WorktrainError('USAGE', 'Which plan file? Give it with -f.', {
      hint: 'See `worktrain plan --help`.',
    })
  const text = await fileOf(ctx, options.file)
  const client = await ctx.supervisor()
  const plan = await client.call('plan', { repo: ctx.directory, text, file: options.file })
  ctx.show<'plan'>(plan, renderPlan)
}

export function renderPlan(plan: Outputs['plan'], look: Look): string {
  const said = [
    look.paint('bold', count(plan.sessions.length, 'session')),
    ...columns(plan.sessions.map((s) => [oneLine(s.name ?? ''), s.agent ?? '', oneLine(s.goal)])).map((row) =>
      truncate(`  ${row}`, look.width),
    ),
    look.paint('bold', 'order'),
    ...plan.waves.map((names, i) => truncate(`  ${i + 1}. ${names.map(oneLine).join(', ')}`, look.width)),
  ]
  if (plan.overlaps.length > 0) said.push(look.paint('yellow', 'overlaps: one owner at a time'))
  for (const { a, b, globs, paths } of plan.overlaps) {
    const files =
      paths.length === 0
        ? 'no file today'
        : paths.slice(0, 3).map(oneLine).join(', ') +
          (paths.length > 3 ? ` and ${paths.length - 3} more` : '')
    said.push(
      truncate(`  ${oneLine(a)} and ${oneLine(b)}: ${globs.map(oneLine).join(' / ')} (${files})`, look.width),
    )
  }
  if (plan.target !== null) said.push(`target: ${oneLine(plan.target)}`)
  if (plan.checks !== null) said.push(`checks: ${plan.checks.map(oneLine).join('; ') || 'none'}`)
  if (plan.limits.active !== undefined) said.push(`at most ${plan.limits.active} active at a time`)
  return said.join('\n')
}

/** `worktrain doctor`. */
import type { DoctorView } from '../../protocol/api.ts'
import type { Context, Look } from '../context.ts'
import { columns, oneLine, truncate, wrap } from '../text.ts'

export async function run(ctx: Context): Promise<void> {
  const client = await ctx.supervisor()
  ctx.show<'doctor'>(
    await client.call('doctor', { repo: ctx.root === null ? null : ctx.directory }),
    renderDoctor,
  )
}

export function renderDoctor(view: DoctorView, look: Look): string {
  const mark = (ok: boolean): string => (ok ? look.paint('green', 'ok') : look.paint('yellow', '! '))
  const said = [look.paint('bold', 'walls')]
  const walls = columns(view.walls.map((w) => [w.wall, w.rung]))
  view.walls.forEach((wall, i) => {
    said.push(`  ${mark(wall.ok)}  ${walls[i] ?? ''}`)
    const notes = [
      wall.why,
      ...wall.gaps.map((gap) => `gap: ${gap}`),
      ...(wall.ok || !wall.enable ? [] : [`to have it: ${wall.enable}`]),
    ]
    for (const note of notes.filter((text) => text !== ''))
      said.push(...wrap(note, look.width - 6).map((line) => `      ${line}`))
  })
  said.push(look.paint('bold', 'how files and processes can be walled here, best first'))
  const rungs = columns(view.rungs.map((r) => [r.rung, r.state]))
  view.rungs.forEach((rung, i) => {
    said.push(`  ${mark(rung.state !== 'missing')}  ${rungs[i] ?? ''}`)
    const notes = [rung.why, rung.enable && `to have it: ${rung.enable}`]
    for (const note of notes.filter((text) => text !== ''))
      said.push(...wrap(note, look.width - 6).map((line) => `      ${line}`))
  })
  said.push(look.paint('bold', 'agents'))
  const agents = columns(
    view.agents.map((a) => [a.name, oneLine(a.version ?? ''), oneLine(a.ready), oneLine(a.installed ?? '')]),
  )
  said.push(...agents.map((row) => truncate(`  ${row}`, look.width)))
  said.push(
    look.paint('bold', 'programs'),
    `  ${mark(view.git.ok)}  git ${oneLine(view.git.version)}`,
    `  ${mark(true)}  node ${oneLine(view.node)}`,
  )
  said.push(
    look.paint('bold', 'paths'),
    ...columns(Object.entries(view.paths).map(([name, path]) => [name, oneLine(path)])).map(
      (row) => `  ${row}`,
    ),
  )
  said.push(look.paint('bold', 'left by crashes'))
  const leftovers = view.leftovers.length > 0 ? view.leftovers : ['nothing']
  said.push(...leftovers.flatMap((line) => wrap(line, look.width - 2)).map((line) => `  ${line}`))
  return said.join('\n')
}

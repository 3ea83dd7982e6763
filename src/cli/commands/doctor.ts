/** `worktrain doctor`. */
import type { Client } from '../../client/api.ts'
import type { DoctorView, Leftover, Outputs } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { ask, canAsk } from '../input.ts'
import { columns, oneLine, truncate, wrap } from '../../terminal/text.ts'

export async function run(
  ctx: Context,
  _args: [],
  options: { clean?: true; yes?: true },
): Promise<number | undefined> {
  const client = await ctx.supervisor()
  const repo = ctx.root === null ? null : ctx.directory
  if (options.clean) return clean(ctx, client, repo, options.yes ?? false)
  if (options.yes) throw new WorktrainError('USAGE', '--yes goes with --clean.')
  ctx.show<'doctor'>(await client.call('doctor', { repo }), renderDoctor)
  return undefined
}

/** Shows everything, then asks: once for what holds no work, and for each of the rest by itself. */
async function clean(ctx: Context, client: Client, repo: string | null, yes: boolean): Promise<number> {
  const { leftovers } = await client.call('doctor', { repo })
  const [plain, work] = [leftovers.filter((each) => !each.work), leftovers.filter((each) => each.work)]
  if (leftovers.length > 0 && !ctx.json) ctx.say(renderLeftovers(leftovers, ctx.look))
  if (leftovers.length > 0 && !yes && !canAsk(ctx)) {
    throw new WorktrainError('NEEDS_PERSON', 'Nothing was removed: nobody is here to be asked.', {
      hint: 'Run it in a terminal; --yes removes without asking what holds no work.',
      details: { leftovers },
    })
  }
  const agreed = async (question: string): Promise<boolean> =>
    /^y(es)?$/i.test(await ask(ctx, `${question} [y/N] `))
  const ids: string[] = []
  const question = `remove what holds no work (${plain.length} of them)?`
  if (plain.length > 0 && (yes || (await agreed(question)))) ids.push(...plain.map(({ id }) => id))
  if (!yes)
    for (const each of work)
      if (await agreed(`${oneLine(each.what)}: ${each.removing}. Do it?`)) ids.push(each.id)
  const done = ids.length > 0 ? await client.call('clean', { repo, ids }) : []
  ctx.show<'clean'>(done, (answers, look) => renderCleaned(answers, leftovers.length, look))
  if (yes && work.length > 0 && !ctx.json)
    ctx.say(`${work.length} may hold work and stay: worktrain doctor --clean asks for each of them`)
  return done.every((each) => each.done) ? 0 : 1
}

export function renderCleaned(done: Outputs['clean'], shown: number, look: Look): string {
  if (done.length === 0) return shown === 0 ? 'nothing was left behind' : 'nothing was removed'
  return done
    .map(({ what, done: ok, how }) => {
      const mark = ok ? look.paint('green', 'ok') : look.paint('red', 'no')
      return `${mark}  ${oneLine(what)}: ${oneLine(how)}`
    })
    .join('\n')
}

function renderLeftovers(leftovers: Leftover[], look: Look): string {
  const said = leftovers.flatMap((each) => [
    `  ${look.paint('bold', each.kind)}  ${oneLine(each.what)}`,
    ...(each.parts ?? []).map((part) => `      ${oneLine(part)}`),
    ...wrap(`${each.why}; --clean ${each.removing}`, look.width - 6).map((line) => `      ${line}`),
  ])
  return said.join('\n')
}

function renderNetwork(network: DoctorView['network'], mark: (ok: boolean) => string): string[] {
  if (network === null) return [`  ${mark(true)}  the board is open to this machine alone`]
  const phones = network.phones.map(({ name, scope }) => `${oneLine(name)} (${scope})`)
  return [
    `  ${mark(false)}  the board is open to the network at ${network.url}; to end it: worktrain phone --stop`,
    `      phones with access: ${phones.length === 0 ? 'none' : phones.join(', ')}`,
  ]
}

function renderPushed(pushed: DoctorView['pushed'], mark: (ok: boolean) => string, width: number): string[] {
  if (pushed.length === 0) return [`  ${mark(true)}  no browser is notified by push`]
  return pushed.flatMap(({ who, service, error }) => [
    truncate(`  ${mark(error === '')}  ${oneLine(service)} for ${oneLine(who)}`, width),
    ...(error === ''
      ? []
      : wrap(`the last message failed: ${oneLine(error)}`, width - 6).map((line) => `      ${line}`)),
  ])
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
      ...wall.costs.map((cost) => `costs: ${cost}`),
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
  said.push(look.paint('bold', 'network'), ...renderNetwork(view.network, mark))
  said.push(look.paint('bold', 'push notifications'), ...renderPushed(view.pushed, mark, look.width))
  said.push(look.paint('bold', 'left by crashes'))
  if (view.leftovers.length === 0) said.push('  nothing')
  else said.push(renderLeftovers(view.leftovers, look), '  to remove them: worktrain doctor --clean')
  return said.join('\n')
}

/** `worktrain train [pause|resume|eject|retry]`. */
import type { ChangeView, TrainView } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context, Look } from '../context.ts'
import { age, columns, lines, oneLine, short, truncate, wrap } from '../text.ts'

type Action = 'pause' | 'resume' | 'eject' | 'retry'

export async function run(ctx: Context, [action, change]: [Action?, string?]): Promise<void> {
  const client = await ctx.supervisor()
  const repo = ctx.directory
  const show = (train: TrainView): void =>
    ctx.show<'train'>(train, (output, look) => renderTrain(output, look, ctx.now()))
  if (action === undefined) return show(await client.call('train', { repo }))
  if (action === 'pause')
    return show(await client.call('trainPause', { repo, ...(change ? { why: change } : {}) }))
  if (action === 'resume') return show(await client.call('trainResume', { repo }))
  if (change === undefined) {
    throw new WorktrainError(
      'USAGE',
      `Which change shall be ${action === 'eject' ? 'ejected' : 'tried again'}?`,
      {
        hint: `worktrain train ${action} NAME; see \`worktrain train\` for what is on it.`,
      },
    )
  }
  const steered = await client.call(action === 'eject' ? 'trainEject' : 'trainRetry', { repo, change })
  ctx.show<'trainEject'>(steered, (c) => `${c.name}: ${c.state}${c.why ? `, ${oneLine(c.why)}` : ''}`)
}

const ENDED = ['landed', 'ejected', 'withdrawn']

export function renderTrain(train: TrainView, look: Look, now: number): string {
  const said = [look.paint('bold', `train to ${oneLine(train.target)}`)]
  if (train.paused !== null)
    said.push(
      ...wrap(`paused: ${train.paused} (go on: worktrain train resume)`, look.width - 2).map(
        (line) => `  ${line}`,
      ),
    )
  if (train.stuck !== null)
    said.push(
      ...wrap(`stands still: ${train.stuck}`, look.width - 2).map((line) =>
        look.paint('yellow', `  ${line}`),
      ),
    )
  const queue = train.changes.filter((c) => !ENDED.includes(c.state))
  const ended = train.changes.filter((c) => ENDED.includes(c.state))
  if (queue.length === 0) said.push('  nothing is on it; put a session on with: worktrain land NAME')
  const rows = columns(
    queue.map((c) => [
      c.position === null ? '' : `${c.position}.`,
      oneLine(c.name),
      c.state,
      short(c.head),
      age(now - c.queuedAt),
      oneLine(c.why),
    ]),
  )
  queue.forEach((c, i) => said.push(truncate(`  ${rows[i] ?? ''}`, look.width), ...checks(c, look)))
  if (ended.length > 0) said.push(look.paint('bold', 'before'))
  for (const c of ended) said.push(...end(c, look, now))
  return said.join('\n')
}

function checks({ checks: run }: ChangeView, look: Look): string[] {
  return run.map(({ command, exit, ms }) => {
    const outcome = exit === null ? 'running' : exit === 0 ? 'passed' : `exit ${exit}`
    return truncate(`     ${oneLine(command)}: ${outcome} after ${(ms / 1000).toFixed(1)} s`, look.width)
  })
}

function end(c: ChangeView, look: Look, now: number): string[] {
  const name = oneLine(c.name)
  if (c.landed)
    return [
      truncate(
        `  ${look.paint('green', 'landed')}   ${name} as ${short(c.landed.commit)}, ${age(now - c.landed.at)} ago`,
        look.width,
      ),
    ]
  if (!c.ejected) return [truncate(`  ${c.state}  ${name}${c.why ? `: ${oneLine(c.why)}` : ''}`, look.width)]
  const said = [truncate(`  ${look.paint('red', 'ejected')}  ${name} (${c.ejected.reason})`, look.width)]
  said.push(...wrap(c.ejected.detail, look.width - 4).map((line) => `    ${line}`))
  if (c.ejected.files.length > 0)
    said.push(truncate(`    in ${c.ejected.files.map(oneLine).join(', ')}`, look.width))
  const failing = c.checks.find(({ exit }) => exit !== 0)
  const tail = failing ? lines(failing.tail).trimEnd().split('\n').slice(-8) : []
  said.push(...tail.map((line) => look.paint('dim', truncate(`    | ${line}`, look.width))))
  said.push(`    → worktrain logs ${name} --checks; worktrain train retry ${name}`)
  return said
}

/** `worktrain daemon status|stop|restart|logs`. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { startTimeOf } from '../../platform/processes.ts'
import type { SupervisorView } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import { wholeNumber } from '../input.ts'
import { running } from '../running.ts'
import { age, columns, count, lines, oneLine } from '../../terminal/text.ts'

type Action = 'status' | 'stop' | 'restart' | 'logs'

const LINES = '100'
const END_WITHIN_MS = 10_000

export async function run(ctx: Context, [action]: [Action], options: { lines?: string }): Promise<void> {
  if (action === 'logs') return logs(ctx, wholeNumber('--lines', options.lines ?? LINES))
  const view = await status(ctx)
  if (action === 'status') {
    return ctx.say(ctx.json ? JSON.stringify(view, null, 2) : renderStatus(view, ctx.now()))
  }
  if (view !== null) await end(ctx, view)
  if (action === 'stop') {
    const ended = { pid: view?.pid ?? null }
    return ctx.say(
      ctx.json
        ? JSON.stringify(ended, null, 2)
        : view
          ? `supervisor ${view.pid} has ended; ${kept(view)}`
          : 'no supervisor is running',
    )
  }
  const next = await (await ctx.supervisor()).call('status', {})
  ctx.show<'status'>(next, (one) => `supervisor ${one.pid} is running (${one.version})`)
}

/** The running supervisor, or null: asking must not start one. */
async function status(ctx: Context): Promise<SupervisorView | null> {
  try {
    return await running(ctx).call('status', {})
  } catch (error) {
    if (error instanceof WorktrainError && error.code === 'SUPERVISOR_UNREACHABLE') return null
    throw error
  }
}

async function end(ctx: Context, { pid }: SupervisorView): Promise<void> {
  const startTime = startTimeOf(pid)
  await running(ctx)
    .call('shutdown', {})
    .catch((error: unknown) => {
      // It may be gone before its answer is.
      if (!(error instanceof WorktrainError) || error.code !== 'SUPERVISOR_UNREACHABLE') throw error
    })
  const deadline = performance.now() + END_WITHIN_MS
  while (startTime !== null && startTimeOf(pid) === startTime) {
    if (performance.now() > deadline)
      throw new WorktrainError(
        'SUPERVISOR_BUSY',
        `The supervisor (process ${pid}) was asked to end and has not yet.`,
      )
    await delay(20)
  }
}

function kept({ running }: SupervisorView): string {
  return running === 0 ? 'no session was running' : `${count(running, 'session')} go on without it`
}

export function renderStatus(view: SupervisorView | null, now: number): string {
  if (view === null) return 'not running; the next command starts it'
  const rows = [
    ['running', `pid ${view.pid}, version ${view.version}, for ${age(now - view.startedAt)}`],
    ['sessions', `${view.running} running of ${view.sessions}`],
    ['memory', `${Math.round(view.rssBytes / 1024 / 1024)} MB`],
    ['state', oneLine(view.stateDir)],
    ['socket', oneLine(view.socket)],
    ['log', oneLine(view.log)],
  ]
  return columns(rows).join('\n')
}

function logs(ctx: Context, last: number): void {
  const path = ctx.paths.supervisorLog
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new WorktrainError('UNAVAILABLE', `There is no log at ${path}: ${(error as Error).message}`, {
      hint: 'No supervisor has run here yet.',
      cause: error,
    })
  }
  const tail = text.trimEnd().split('\n').slice(-last).join('\n')
  ctx.say(ctx.json ? JSON.stringify({ path, text: tail }, null, 2) : lines(tail))
}

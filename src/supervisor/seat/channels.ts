/** Programs that tell the person: of the desktop, and the person's own command. */
import type { ChannelView } from '../../protocol/api.ts'
import { findProgram } from '../../platform/find.ts'
import { run } from '../../platform/run.ts'
import { toErrorBody } from '../../protocol/index.ts'
import type { Message } from '../../sessions/attention/news.ts'
import type { Context } from '../context.ts'

/** A program that tells the person takes no longer, ms. */
const PROGRAM_MS = 15_000
/** What is said of what it printed, characters. */
const PRINTED_MAX = 300

export const DESKTOP_OFF: ChannelView = {
  ...{ channel: 'desktop', name: '', state: 'off', said: '' },
  todo: 'To have it: `desktop = true` below `[notify]` in your own config.toml.',
}
export const COMMAND_OFF: ChannelView = {
  ...{ channel: 'command', name: '', state: 'off', said: '' },
  todo: 'To have it: `command = "…"` below `[notify]` in your own config.toml.',
}

/** On macOS the words are arguments of the script, never a part of it. */
const APPLE_SCRIPT = [
  ...['-e', 'on run argv', '-e', 'display notification (item 2 of argv) with title (item 1 of argv)'],
  ...['-e', 'end run'],
]

/** Program and arguments before the words; null: there is none here. */
function desktopProgram(ctx: Context): { path: string; args: string[] } | null {
  const found = findProgram('notify-send', ctx.env.PATH ?? '')
  if (found !== null) return { path: found, args: ['--app-name=Worktrain', '--'] }
  const script = findProgram('osascript', ctx.env.PATH ?? '')
  return script === null ? null : { path: script, args: APPLE_SCRIPT }
}

/** As it is set up; nothing is run. */
export function desktopView(ctx: Context, found = desktopProgram(ctx)): ChannelView {
  if (found) return { channel: 'desktop', name: found.path, state: 'on', said: '', todo: '' }
  return {
    ...{ channel: 'desktop', name: '', state: 'failed' },
    said: 'There is no notify-send and no osascript on the PATH of the supervisor.',
    todo: 'Install notify-send (libnotify), then `worktrain daemon stop`: the next command starts it with your PATH.',
  }
}

/** Never fails: it says what happened. */
export async function onDesktop(ctx: Context, { title, body }: Message): Promise<ChannelView> {
  const found = desktopProgram(ctx)
  const view = desktopView(ctx, found)
  if (!found) return view
  return { ...view, ...(await program(ctx, found.path, [...found.args, title, body])) }
}

/**
 * The person's own words are the command; everything else comes by standard input and the environment.
 * @param items what the message is about, as the command gets it
 */
export async function byCommand(
  ctx: Context,
  command: string,
  message: Message,
  items: readonly unknown[],
): Promise<ChannelView> {
  const env = { ...ctx.env, WORKTRAIN_TITLE: message.title, WORKTRAIN_BODY: message.body }
  const input = `${JSON.stringify({ ...message, items })}\n`
  return {
    ...{ channel: 'command', name: command },
    ...(await program(ctx, '/bin/sh', ['-c', command], { env, input })),
  }
}

type Outcome = Pick<ChannelView, 'state' | 'said' | 'todo'>

async function program(
  ctx: Context,
  path: string,
  args: string[],
  options: { env?: Context['env']; input?: string } = {},
): Promise<Outcome> {
  const failed = (said: string): Outcome => ({
    ...{ state: 'failed', said },
    todo: 'Try the same in a shell; the supervisor runs it with the environment it was started in.',
  })
  try {
    const { env = ctx.env, ...more } = options
    const limits = { timeoutMs: PROGRAM_MS, maxBytes: 4096, signal: ctx.stopping }
    const { code, signal, stderr, timedOut } = await run(path, args, { ...more, ...limits, env })
    if (code === 0) return { state: 'told', said: 'It ended with exit code 0.', todo: '' }
    const printed = stderr.trim().slice(-PRINTED_MAX)
    const ended = timedOut
      ? `It took longer than ${PROGRAM_MS / 1000} s, and was ended.`
      : code === null
        ? `It was ended by ${signal}.`
        : `It ended with exit code ${code}.`
    return failed(printed === '' ? ended : `${ended} It printed: ${printed}`)
  } catch (error) {
    return failed(`It could not be started: ${toErrorBody(error).message}`)
  }
}

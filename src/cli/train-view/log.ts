/** `worktrain train log [NAME] [--follow]`: what a check of the train prints. */
import { pause } from '../../client/pause.ts'
import type { Client } from '../../client/api.ts'
import type { Outputs } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { oneLine, plainTerminal } from '../../terminal/text.ts'
import { leaving } from '../../terminal/leaving.ts'

type Log = Outputs['trainLog']

/** How much of a log is shown, and asked for again while it grows, bytes. */
const BYTES = 64 * 1024
/** Output makes no event: this is how often it is asked for, ms. */
const EVERY_MS = 500

export async function showLog(
  ctx: Context,
  client: Client,
  { change, follow }: { change: string | null; follow: boolean },
): Promise<void> {
  const ask = (): Promise<Log> => client.call('trainLog', { repo: ctx.directory, change, bytes: BYTES })
  let log = await ask()
  if (!follow) return ctx.show<'trainLog'>(log, renderLog)
  const left = leaving()
  try {
    tell(ctx, log, null)
    while (log.running && !left.signal.aborted) {
      await pause(EVERY_MS, left.signal)
      if (left.signal.aborted) return
      const before = log
      log = await ask()
      tell(ctx, log, before)
    }
  } finally {
    left.stop()
  }
}

function tell(ctx: Context, log: Log, before: Log | null): void {
  if (ctx.json) {
    if (before === null || before.text !== log.text || before.running !== log.running)
      ctx.say(JSON.stringify(log))
    return
  }
  if (before === null || before.path !== log.path) ctx.say(title(log, ctx.look))
  const added = before === null || before.path !== log.path ? log.text : addedTo(before.text, log.text)
  if (added !== '') ctx.stdout.write(plainTerminal(added))
}

/**
 * What a log got since it was last read, of which only the end is known. Pure.
 *
 * Where the two have nothing in common more was written than is read at a time: then all of it is new.
 */
export function addedTo(before: string, now: string): string {
  if (now.startsWith(before)) return now.slice(before.length)
  // The beginning has moved on: what is left of the old text stands at the start of the new one.
  for (let cut = before.length - Math.min(before.length, now.length); cut < before.length; cut += 1) {
    if (now.startsWith(before.slice(cut))) return now.slice(before.length - cut)
  }
  return now
}

export function renderLog(log: Log, look: Look): string {
  const text = plainTerminal(log.text).trimEnd()
  return [title(log, look), ...(text === '' ? ['(nothing yet)'] : [text])].join('\n')
}

function title({ command, path, truncated, running }: Log, look: Look): string {
  const part = truncated ? ', its end' : ''
  return look.paint('dim', `${oneLine(command)}${running ? ', running' : ''}: ${oneLine(path)}${part}`)
}

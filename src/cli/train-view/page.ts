/** One screen of `train --watch`: the train, and the end of what the running check prints. Pure. */
import type { Outputs, TrainView } from '../../protocol/api.ts'
import type { Look } from '../../terminal/look.ts'
import { age, oneLine, plainTerminal, truncate } from '../../terminal/text.ts'
import { fitTrain } from '../../terminal/train/render.ts'

/** Rows that the output has at least, its title included; it gets what the train leaves over. */
const OUTPUT_ROWS = 5

export interface Seen {
  train: TrainView
  /** When it was looked at, ms. */
  at: number
  log: Outputs['trainLog'] | null
  /** Why it is not known any better; null: it is as new as can be. */
  away: string | null
}

/** @returns exactly `rows` lines, or fewer */
export function page({ train, at, log, away }: Seen, look: Look, now: number, rows: number): string[] {
  const passed = Math.max(0, now - at)
  const output = log === null || !log.running ? [] : outputOf(log, look)
  const least = output.length === 0 ? 0 : Math.min(OUTPUT_ROWS, output.length)
  const shown = fitTrain(elapsed(train, away === null ? passed : 0), look, now, Math.max(1, rows - 2 - least))
  const room = rows - 2 - shown.length
  const [title = '', ...text] = output
  const end = output.length === 0 || room < 2 ? [] : [title, ...text.slice(-(room - 1))]
  const foot =
    away === null
      ? look.paint('dim', 'q quits')
      : look.paint('yellow', `${oneLine(away)} (as of ${age(passed)} ago)`)
  return [...shown, ...end, '', truncate(foot, look.width)]
}

function outputOf(log: Outputs['trainLog'], look: Look): string[] {
  const text = plainTerminal(log.text).trimEnd().split('\n')
  const rule = truncate(`── ${oneLine(log.command)} ${'─'.repeat(look.width)}`, look.width + 1).replace(
    '…',
    '',
  )
  return [look.paint('dim', rule), ...text.map((line) => truncate(line.replaceAll('\t', '  '), look.width))]
}

/** Running checks go on between two looks. */
function elapsed(train: TrainView, ms: number): TrainView {
  const builds = train.builds.map((build) => ({
    ...build,
    checks: build.checks.map((check) =>
      check.state === 'running' ? { ...check, ms: check.ms + ms } : check,
    ),
  }))
  return { ...train, builds }
}

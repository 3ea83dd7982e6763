/** One item that waits for the person, whole, and the keys that settle it. Pure. */
import type { AttentionAction, AttentionItem, SessionView } from '../protocol/api.ts'
import type { HostScreen } from '../protocol/host.ts'
import { renderScreen } from './host-screen.ts'
import type { Look } from './look.ts'
import { renderAsked } from './question.ts'
import { age, folded, lines, oneLine, plainTerminal, truncate, width, wrap } from './text.ts'

/** What is shown of an item beside itself; each null where it has none. */
export interface Details {
  session: SessionView | null
  /** Files and line counts of its work. */
  stat: string | null
  /** End of what the set-up, or a check, printed. */
  log: string | null
  screen: HostScreen | null
}

export const NO_DETAILS: Details = { session: null, stat: null, log: null, screen: null }

/** Lines of a last message, a log, a stat, a screen that are shown; `d`, `e` and `o` show the rest. */
const MESSAGE_LINES = 16
const LOG_LINES = 12
const STAT_LINES = 20
const SCREEN_LINES = 14

/**
 * @param place its place in the list, as a sentence
 * @returns lines no wider than the terminal, but for a plan or a call that has longer ones
 */
export function page(
  item: AttentionItem,
  place: string,
  details: Details,
  look: Look,
  now: number,
): string[] {
  const { session, stat, log, screen } = details
  const name = oneLine(item.session?.name ?? item.repository.root)
  const waits = `${item.kind}, waits ${age(now - item.since)}`
  const said = [
    look.paint('bold', truncate(`${name}: ${waits}`, look.width)),
    ...wrap(place, look.width).map((line) => look.paint('dim', line)),
    '',
  ]
  const asked = session?.question && item.id.endsWith(session.question.id) ? session.question : null
  if (asked) said.push(...renderAsked(asked, look))
  else said.push(...wrap(item.why, look.width))
  const { claims, unverified = [] } = session?.handoff ?? {}
  if (item.kind === 'ready' && claims)
    said.push(...section(look, 'what it did', wrap(claims.behaviourChanged, look.width - 2)))
  if (item.kind === 'ready' && claims?.risks)
    said.push(...section(look, 'risks', wrap(claims.risks, look.width - 2)))
  if (item.kind === 'ready')
    said.push(
      ...section(
        look,
        'not observed',
        unverified.flatMap((each) => wrap(each, look.width - 2)),
      ),
    )
  if (asked === null && session?.lastMessage && !claims)
    said.push(...section(look, 'it said', excerpt(plainTerminal(session.lastMessage), MESSAGE_LINES, look)))
  if (stat) said.push(...section(look, 'changed', excerpt(stat, STAT_LINES, look)))
  if (log) said.push(...section(look, 'printed', excerpt(plainTerminal(log), LOG_LINES, look)))
  if (screen) said.push('', renderScreen(endOf(screen), look, now))
  for (const warning of session?.warnings ?? []) said.push(...wrap(`! ${warning}`, look.width))
  return said
}

/** The keys on as few lines as they fit on. */
export function keys(actions: readonly AttentionAction[], look: Look): string[] {
  const all = [
    ...actions.map(({ key, label }) => [key, oneLine(label)] as const),
    ['s', 'skip'] as const,
    ['q', 'end'] as const,
  ]
  const rows: string[] = []
  let row = ''
  for (const [key, label] of all) {
    // What an answer is for is read before it is given: a rule that is allowed for good may be long.
    const [shown = '', ...more] = labelled(key, label, look)
    const longer = row === '' ? shown : `${row}   ${shown}`
    if (width(longer) <= look.width) row = longer
    else {
      rows.push(row)
      row = shown
    }
    if (more.length > 0) {
      rows.push(row, ...more.slice(0, -1))
      row = more.at(-1) ?? ''
    }
  }
  return [...rows, row]
}

/** Rows that one label takes at most. */
const LABEL_ROWS = 3

function labelled(key: string, label: string, look: Look): string[] {
  const [first = '', ...more] = folded(label, look.width - 2)
  const kept = more.slice(0, LABEL_ROWS - 1)
  if (more.length > kept.length) kept.push(truncate(`${kept.pop() ?? ''} …`, look.width - 2))
  return [`${look.paint('cyan', key)} ${first}`, ...kept.map((text) => `  ${text}`)]
}

/** Where there are no keys: the command lines that do the same. */
export function commands(actions: readonly AttentionAction[], look: Look): string[] {
  return actions.flatMap(({ command, label }) => [
    truncate(`  # ${oneLine(label)}`, look.width),
    `  ${oneLine(command)}`,
  ])
}

function section(look: Look, title: string, body: string[]): string[] {
  return body.length === 0 ? [] : ['', look.paint('bold', title), ...body.map((line) => `  ${line}`)]
}

/** A dialog, or the reason of a failure, stands at the end of what is on a screen. */
function endOf(screen: HostScreen): HostScreen {
  const last = screen.lines.findLastIndex((line) => line.trim() !== '')
  return { ...screen, lines: screen.lines.slice(Math.max(0, last + 1 - SCREEN_LINES), last + 1) }
}

/** The end of a text: what was said last matters most. */
function excerpt(text: string, most: number, look: Look): string[] {
  const all = lines(text).trimEnd().split('\n')
  const shown = all.slice(-most)
  const cut = all.length - shown.length
  return [...(cut > 0 ? [`… ${cut} lines before`] : []), ...shown].map((line) =>
    truncate(line, look.width - 2),
  )
}

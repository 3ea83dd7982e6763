/** The whole train as a page of text. Pure. */
import type { TrainView } from '../../protocol/api.ts'
import type { Look } from '../look.ts'
import { count, oneLine, short, truncate } from '../text.ts'
import { renderBuilds } from './builds.ts'
import { renderEjected, renderFlaky, renderLandings } from './history.ts'
import { type Detail, EVERYTHING, hanging } from './lines.ts'
import { isOver, renderQueue } from './queue.ts'

/** Where what runs has a place of its own on the page. */
const LIVE: Detail = { ...EVERYTHING, running: 0 }
/** What is left out first where there are few rows. */
const FEWER: readonly Detail[] = [
  LIVE,
  { ...LIVE, landings: 3, output: 4, ejected: 3, flaky: 2 },
  { ...LIVE, landings: 2, output: 2, ejected: 2, flaky: 1 },
  { ...LIVE, landings: 2, output: 0, ejected: 2, flaky: 0, reasons: false },
  { ...LIVE, landings: 1, output: 0, ejected: 1, flaky: 0, reasons: false, checks: false },
  { ...LIVE, landings: 0, output: 0, ejected: 0, flaky: 0, reasons: false, checks: false },
]

/** Changes of the queue that are shown at least. */
const QUEUE_LEAST = 3

/** How what is named can be done from where the page is read. */
export interface Ways {
  /** Puts a session on. */
  land: string
  /** Lets a paused train go on. */
  resume: string
}

export const BY_COMMAND: Ways = { land: 'with: worktrain land NAME', resume: 'worktrain train resume' }

/** @returns as many lines as it takes */
export function renderTrain(
  train: TrainView,
  look: Look,
  now: number,
  detail = EVERYTHING,
  ways = BY_COMMAND,
): string {
  const said = [...head(train, look, ways)]
  const empty = !train.changes.some((change) => !isOver(change)) && train.builds.length === 0
  if (empty) said.push(`  nothing is on it; put a session on ${ways.land}`)
  said.push(
    ...renderBuilds(train, look, now, detail),
    ...renderQueue(train, look, now, detail),
    ...renderLandings(train, look, now, detail),
    ...renderEjected(train, look, detail),
    ...renderFlaky(train, look, now, detail),
  )
  return said.join('\n')
}

/** The same in at most `rows` lines: the fullest page that fits, the last one cut if even that does not. */
export function fitTrain(train: TrainView, look: Look, now: number, rows: number): string[] {
  const queue = train.changes.filter((change) => !isOver(change)).length
  let page: string[] = []
  for (const [level, detail] of FEWER.entries()) {
    page = renderTrain(train, look, now, detail).split('\n')
    if (page.length <= rows) return page
    // Before the last landing goes, the end of the queue does: a line says how many wait there.
    if (level < FEWER.length - 2) continue
    const left = Math.max(QUEUE_LEAST, queue - (page.length - rows) - 1)
    page = renderTrain(train, look, now, { ...detail, queue: left }).split('\n')
    if (page.length <= rows) return page
  }
  const left = page.length - rows + 1
  return [...page.slice(0, Math.max(0, rows - 1)), look.paint('dim', `… and ${count(left, 'more line')}`)]
}

function head(train: TrainView, look: Look, ways: Ways): string[] {
  const target = oneLine(train.target)
  const { commit, green } = train.main
  const known =
    commit === null
      ? 'which does not exist'
      : `at ${short(commit)}, ${green === true ? look.paint('green', 'green') : green === false ? look.paint('red', 'red') : 'not tested as it is'}`
  const every = train.mode === 'every-commit' ? ', every commit tested' : ''
  const said = [truncate(`${look.paint('bold', `train to ${target}`)} ${known}${every}`, look.width)]
  if (train.remote !== null) {
    const { name, ahead, behind } = train.remote
    const apart = [
      ...(ahead > 0 ? [`lacks ${count(ahead, 'commit')} of ${target}`] : []),
      ...(behind > 0 ? [`has ${count(behind, 'commit')} that ${target} lacks`] : []),
    ]
    if (apart.length > 0)
      said.push(...hanging('  ', `${oneLine(name)}/${target} ${apart.join(' and ')}`, 4, look))
  }
  if (train.note !== '') said.push(...hanging('  ', train.note, 4, look))
  if (train.paused !== null)
    said.push(...hanging('  ', `paused: ${train.paused} (go on: ${ways.resume})`, 4, look))
  // A paused train stands still because it is paused: said once.
  if (train.stuck !== null && !(train.paused !== null && train.stuck.includes(train.paused)))
    said.push(
      ...hanging('  ', `stands still: ${train.stuck}`, 4, look).map((line) => look.paint('yellow', line)),
    )
  return said
}

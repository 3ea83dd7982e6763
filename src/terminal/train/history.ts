/** What left the train: landings with their evidence, ejections with theirs, and flaky tests. Pure. */
import type { ChangeView, LandingView, TrainView } from '../../protocol/api.ts'
import type { CheckResult } from '../../protocol/train.ts'
import type { Look } from '../look.ts'
import { age, count, oneLine, short, truncate } from '../text.ts'
import { failures } from './builds.ts'
import { block, type Detail, hanging, output } from './lines.ts'
import { isOver } from './queue.ts'
import { named, proof, tests, took } from './words.ts'

export function renderLandings(train: TrainView, look: Look, now: number, detail: Detail): string[] {
  // A journal of before there were builds has landings that only the changes know of.
  const known = new Set(train.landings.flatMap(({ members }) => members.map(({ change }) => change)))
  const older = train.changes.filter(({ id, landed }) => landed !== null && !known.has(id))
  const all = [
    ...older.map((change) => ({ at: change.landed?.at ?? 0, said: () => [plain(change, look, now)] })),
    ...train.landings.map((landing) => ({
      at: landing.at,
      said: () => landed(landing, look, now, detail),
    })),
  ].toSorted((a, b) => a.at - b.at)
  if (all.length === 0 || detail.landings === 0) return []
  const left = all.length - detail.landings
  const title = left > 0 ? `landed (the last ${detail.landings} of ${all.length})` : 'landed'
  return [look.paint('bold', title), ...all.slice(-detail.landings).flatMap(({ said }) => said())]
}

function plain(change: ChangeView, look: Look, now: number): string {
  const at = change.landed?.at ?? now
  return truncate(
    `  ${when(at, now)}  ${look.paint('green', oneLine(change.name))} as ${short(change.landed?.commit ?? null)}`,
    look.width,
  )
}

const when = (at: number, now: number): string => `${age(now - at)} ago`.padEnd(7)

function landed(landing: LandingView, look: Look, now: number, detail: Detail): string[] {
  const names = named(landing.members.map((member) => member.name))
  const first = `  ${when(landing.at, now)}  ${look.paint('green', names)} as ${short(landing.new)} on ${short(landing.old)}`
  const said = [truncate(first, look.width)]
  if (!detail.reasons) return said
  const evidence = [
    ...landing.checks.map((check) => proof(check, landing.build)),
    ...landing.skipped.map(({ command, why }) => `${oneLine(command)} skipped: ${oneLine(why)}`),
    ...(landing.resolved.length === 0
      ? []
      : [`${count(landing.resolved.length, 'conflict')} resolved as remembered or by the merge driver`]),
    ...(landing.remote === null ? [] : [`pushed to ${oneLine(landing.remote)}`]),
  ]
  return [...said, ...block(`${evidence.join('; ')}; tree ${short(landing.tree)}`, 11, look)]
}

/** Those of which there is no newer change of the same branch. */
export function renderEjected(train: TrainView, look: Look, detail: Detail): string[] {
  const last = train.changes.filter(
    (change, at) => !train.changes.slice(at + 1).some((later) => later.branch === change.branch),
  )
  const gone = last.filter((change) => isOver(change) && change.landed === null)
  if (gone.length === 0 || detail.ejected === 0) return []
  const title =
    gone.length > detail.ejected ? `not landed (the last ${detail.ejected} of ${gone.length})` : 'not landed'
  return [
    look.paint('bold', title),
    ...gone.slice(-detail.ejected).flatMap((change) => ejected(change, train, look, detail)),
  ]
}

function ejected(change: ChangeView, { asks }: TrainView, look: Look, detail: Detail): string[] {
  const { ejected: e } = change
  const name = oneLine(change.name)
  if (e === null) return hanging('  ', `${name}: ${change.why || change.state}`, 4, look)
  const again = change.ejections > 1 ? `, ${change.ejections} times` : ''
  const first = truncate(`  ${look.paint('red', name)} ejected: ${oneLine(e.reason)}${again}`, look.width)
  if (!detail.reasons) return [first]
  const said = [first, ...block(e.detail, 4, look)]
  const unsaid = e.files.filter((file) => !e.detail.includes(file))
  if (unsaid.length > 0) said.push(...block(`in ${named(unsaid, 6)}`, 4, look))
  said.push(...e.evidence.map((run) => truncate(`    ${ran(run)}`, look.width)))
  const red = e.evidence.findLast((run) => run.exit !== 0)
  if (red?.tests) said.push(...failures({ tests: red.tests }, look))
  const tail = red?.tail ?? change.checks.findLast(({ state }) => state === 'failed')?.tail ?? ''
  said.push(...output(tail, detail.output, 4, look))
  const next = [
    ...(e.log === null ? [] : [`worktrain train log ${name}`]),
    ...asks.filter((ask) => ask.change === change.id).map(({ action }) => oneLine(action)),
  ]
  return [...said, ...(next.length === 0 ? [] : block(`→ ${next.join('; ')}`, 4, look))]
}

/** One run as evidence: which tree, what came of it. */
function ran({ command, tree, exit, ms, timedOut, limit, tests: parsed }: CheckResult): string {
  const how = timedOut
    ? 'timed out'
    : limit
      ? `ended by a limit (${oneLine(limit)})`
      : exit === null
        ? 'ended by a signal'
        : exit === 0
          ? 'passed'
          : `exit ${exit}`
  const said = tests(parsed)
  return `${oneLine(command)} on tree ${short(tree)}: ${how} after ${took(ms)}${said === null ? '' : `, ${said}`}`
}

export function renderFlaky(train: TrainView, look: Look, now: number, detail: Detail): string[] {
  const { flaky } = train
  if (flaky.length === 0 || detail.flaky === 0) return []
  const rows = flaky.slice(0, detail.flaky).map(({ command, test, times, at }) => {
    const what = test === null ? `${oneLine(command)} as a whole` : `${oneLine(test)} (${oneLine(command)})`
    return truncate(`  ${`${times}×`.padStart(3)} ${age(now - at).padStart(3)} ago  ${what}`, look.width)
  })
  const left = flaky.length - rows.length
  return [
    look.paint('bold', 'flaky: red and green on the same tree'),
    ...rows,
    ...(left > 0 ? [`  and ${left} more`] : []),
  ]
}

/** The train as a person sees it. Pure. */
import type { BuildView, ChangeView, CheckView, TrainView } from '../protocol/api.ts'
import type { CheckResult, TestReport } from '../protocol/index.ts'
import { type Build, isGreen, remaining } from './build.ts'
import { inOrder, isActive, outcomes } from './change.ts'
import { blockedOf, queue, type Situation, type Step, trialsOf, verdictOf } from './decide/index.ts'
import type { Evidence } from './evidence.ts'
import type { RemoteView } from './land/remote.ts'
import { expectedLandings, failureRate } from './plan/index.ts'
import type { Change } from './ports.ts'
import { named, short } from './sentences.ts'
import type { Scene } from './situation.ts'

/** How many changes that left the train, and landings, are shown. */
const HISTORY = 20

/** @param next what would be done now; `trouble`: why the last step could not be taken at all */
export function viewOf(
  { situation: s, state, evidence, settings }: Scene,
  next: Step,
  more: { trouble: string | null; remote: RemoteView | null },
): TrainView {
  const builds = s.builds.filter((build) => build.target === s.target)
  const order = [
    ...queue(s),
    ...inOrder(s.changes, s.now).filter((change) => !queue(s).some((one) => one.id === change.id)),
  ]
  const over = s.changes
    .filter((change) => !isActive(change))
    .sort((a, b) => endOf(a) - endOf(b) || a.place - b.place)
    .slice(-HISTORY)
  const expected = expectations(s, evidence)
  const shown = (change: Change, position: number | null) =>
    changeView({
      change,
      position,
      s,
      evidence,
      expected: expected.get(change.id) ?? null,
      all: state.builds,
    })
  const green = s.record.green[s.target]
  return {
    target: s.target,
    main: { commit: s.main, green: isMainGreen(s, green?.commit) },
    remote: more.remote,
    note: s.main === null ? '' : (s.mainWhy ?? ''),
    paused: s.record.paused?.why ?? null,
    stoppedAt: s.record.pausedAt ?? blockedOf(s)?.at ?? null,
    stuck: more.trouble ?? (next.kind === 'none' ? next.stuck : (blockedOf(s)?.detail ?? null)),
    mode: settings.mode,
    slots: settings.slots,
    failureRate: failureRate(outcomes(s.changes)),
    builds: builds.filter((build) => isShown(s, build)).map((build) => buildView(s, build, evidence)),
    changes: [
      ...over.map((change) => shown(change, null)),
      ...order.map((change, at) => shown(change, at + 1)),
    ],
    // Whoever knows the sessions says it.
    asks: [],
    landings: s.record.landings.filter((landing) => landing.target === s.target).slice(-HISTORY),
    flaky: s.record.flaky
      .toSorted((a, b) => b.times - a.times || b.at - a.at)
      .map(({ red: _red, ...one }) => one),
  }
}

function endOf(change: Change): number {
  return change.landed?.at ?? change.ejected?.at ?? 0
}

/** Null: not known. */
function isMainGreen(s: Situation, green: string | undefined): boolean | null {
  if (s.main === null) return null
  if (s.record.paused?.main?.commit === s.main) return false
  return green === s.main ? true : null
}

/** What is being tested, or was and decides over what comes next. */
function isShown(s: Situation, build: Build): boolean {
  return s.running.has(build.id) || verdictOf(build, s).kind !== 'red'
}

function expectations(s: Situation, evidence: Evidence): Map<string, number | null> {
  const order = queue(s)
  // Nobody knows when what is in the way of a landing will have gone.
  if (s.main === null || s.record.paused || blockedOf(s) || order.length === 0) return new Map()
  const { main } = s
  const live = s.builds.filter(
    (build) =>
      build.purpose === 'landing' && (remaining(build, main)?.length ?? 0) > 0 && build.target === s.target,
  )
  const times = [...new Set(order.flatMap((change) => change.checks))].map(evidence.usually)
  const known = times.every((one) => one !== null)
  const at = expectedLandings({
    queue: order.map((change) => change.id),
    trials: trialsOf(s, main),
    slots: s.settings.slots,
    failureRate: failureRate(outcomes(s.changes)),
    mode: s.settings.mode,
    now: s.now,
    usualMs: known ? times.reduce<number>((sum, one) => sum + (one ?? 0), 0) : null,
    startedAt: live.map((build) => (s.running.has(build.id) ? build.at : null)),
  })
  return new Map(order.map((change, index) => [change.id, at[index] ?? null]))
}

function buildView(s: Situation, build: Build, evidence: Evidence): BuildView {
  const checks = checkViews(s, build, evidence)
  const usual = build.checks.map(evidence.usually)
  const left = usual.every((one) => one !== null)
    ? checks.reduce((sum, check) => {
        if (check.state === 'waiting') return sum + (check.usually ?? 0)
        return check.state === 'running' ? sum + Math.max(0, (check.usually ?? 0) - check.ms) : sum
      }, 0)
    : null
  const { id, purpose, base, members, commit, tree, resolved, at } = build
  return {
    ...{ id, purpose, base, members, commit, tree, resolved, checks },
    what: whatOf(s, build),
    startedAt: at,
    expected: left === null || !s.running.has(id) ? null : s.now + left,
  }
}

function whatOf(s: Situation, build: Build): string {
  const on = `${build.target} at ${short(build.base)}`
  if (build.purpose === 'target') return `${on} by itself`
  const rest = s.main === null ? build.members : (remaining(build, s.main) ?? build.members)
  const landed = build.members.length - rest.length
  const names = rest.map((member) => member.name).join(' + ')
  const again = build.purpose === 'retest' ? ', once more and alone' : ''
  return `${names} on top of ${landed > 0 ? `${build.target} at ${short(s.main)}` : on}${again}`
}

function checkViews(s: Situation, build: Build, evidence: Evidence): CheckView[] {
  const needed = build.checks.map((command) => checkView(s, build, command, evidence))
  const skipped = build.skipped.map(({ command, why }) => ({
    ...blank(command, evidence),
    state: 'skipped' as const,
    note: why,
  }))
  return [...needed, ...skipped]
}

function blank(command: string, evidence: Evidence): CheckView {
  const usually = evidence.usually(command)
  return { command, state: 'waiting', exit: null, ms: 0, usually, log: null, tail: '', tests: null, note: '' }
}

function checkView(s: Situation, build: Build, command: string, evidence: Evidence): CheckView {
  const view = blank(command, evidence)
  const own = build.results.findLast((result) => result.command === command)
  if (own) return { ...view, ...seen(own), state: isGreen(own) ? 'passed' : 'failed' }
  if (build.begun?.command === command && s.running.has(build.id))
    return { ...view, state: 'running', ms: s.now - build.begun.at, log: build.begun.log }
  const proof = build.afresh ? null : evidence.proof(build.tree, command)
  return proof ? { ...view, ...seen({ ...proof, tail: '' }), state: 'proven' } : view
}

function seen(result: CheckResult): Pick<CheckView, 'exit' | 'ms' | 'log' | 'tail' | 'tests' | 'note'> {
  const { exit, ms, log, tail, timedOut, limit, dirtied } = result
  const tests: TestReport | null = result.tests ?? null
  const note = timedOut
    ? 'did not end within its time'
    : (limit ?? (dirtied?.length ? `changed tracked files: ${named(dirtied)}` : ''))
  return { exit, ms, log, tail, tests, note }
}

interface Looked {
  change: Change
  /** From 1; null when it is not on the train. */
  position: number | null
  s: Situation
  evidence: Evidence
  expected: number | null
  all: readonly Build[]
}

function changeView({ change, position, s, evidence, expected, all }: Looked): ChangeView {
  const { id, name, session, branch, head, target, queuedAt, priority, ejections, landed, ejected, undoes } =
    change
  const holding = isActive(change)
    ? s.builds.filter((build) => build.members.some((one) => one.change === id))
    : []
  const state = stateOf(change, s, holding)
  const decisive = holding[0] ?? all.findLast((build) => build.members.some((one) => one.change === id))
  return {
    ...{ id, name, session, branch, head, target, state, position, priority, queuedAt, ejections, undoes },
    why: explain(change, position, state, s, holding),
    builds: holding.map((build) => build.id),
    expected,
    checks: change.ejected
      ? change.ejected.evidence.map((one) => ({
          ...blank(one.command, evidence),
          ...seen(one),
          state: 'failed' as const,
        }))
      : decisive
        ? checkViews(s, decisive, evidence)
        : [],
    landed: landed && { commit: landed.commit, at: landed.at },
    ejected: ejected && {
      reason: ejected.reason,
      detail: ejected.detail,
      files: ejected.files,
      log: ejected.log,
      evidence: ejected.evidence,
    },
  }
}

function stateOf(change: Change, s: Situation, holding: readonly Build[]): ChangeView['state'] {
  if (change.state !== 'queued') return change.state
  const { intent } = s.record
  const blocked = blockedOf(s)
  if (holding.some((build) => build.id === blocked?.build)) return 'blocked'
  if (holding.some((build) => build.id === intent?.build)) return 'landing'
  return holding.length > 0 ? 'testing' : 'queued'
}

/** One sentence: where the change is, and why. */
function explain(
  change: Change,
  position: number | null,
  state: ChangeView['state'],
  s: Situation,
  holding: readonly Build[],
): string {
  const { target } = change
  switch (state) {
    case 'held':
      return `Held: ${change.held ?? ''}`
    case 'parked': {
      const again =
        holding.length > 0
          ? 'is tested again now, alone'
          : 'will be tested again, alone, before it is ejected'
      return `Suspected, and ${again}. ${change.suspected?.detail ?? ''}`
    }
    case 'blocked':
      return `Tested, but cannot land yet. ${blockedOf(s)?.detail ?? ''}`
    case 'landing':
      return `Tested; ${target} is being moved from ${short(s.record.intent?.old ?? null)} to ${short(s.record.intent?.new ?? null)}.`
    case 'testing': {
      const build = holding.find((one) => s.running.has(one.id)) ?? holding[0]
      if (!build) return ''
      if (!s.running.has(build.id)) return `Merged: ${whatOf(s, build)}.`
      return `\`${build.begun?.command ?? ''}\` runs on ${short(build.commit)}: ${whatOf(s, build)}.`
    }
    case 'landed':
      return change.landed?.build === null && change.landed.commit !== ''
        ? `Already in ${target}: nothing was left to land.`
        : `Landed as ${short(change.landed?.commit ?? null)}.`
    case 'ejected':
      return [change.ejected?.detail ?? '', change.returned?.why ?? '']
        .filter((part) => part !== '')
        .join(' ')
    case 'withdrawn':
      return 'Taken off the train.'
    default: {
      const place = `Waits at place ${position ?? '?'} of the train.`
      const behind = inOrder(s.changes, s.now).filter((one) => one.state === 'queued')
      if (queue(s).some((one) => one.id === change.id)) return place
      const ahead = behind.slice(
        0,
        Math.max(
          0,
          behind.findIndex((one) => one.id === change.id),
        ),
      )
      return `${place} It does not merge with what is before it (${named(ahead.map((one) => one.name))}), and is tried again when that has landed or left.`
    }
  }
}

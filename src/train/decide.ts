/**
 * What the train does next, and the one reason why it does nothing. Pure.
 *
 * What should be tested is `plan`'s business; here stands what follows from what was tested: what lands, who is
 * suspected, who is ejected, when the target itself is to blame.
 */
import type {
  BuildEvents,
  BuildMember,
  BuildPurpose,
  ChangeEvents,
  CheckResult,
  TrainEvents,
} from '../protocol/index.ts'
import { type Build, isGreen, remaining } from './build.ts'
import { inOrder, outcomes } from './change.ts'
import { failureRate, plan, type Trial } from './plan/index.ts'
import type { Change } from './ports.ts'
import type { TrainRecord } from './record.ts'
import { describe, short } from './sentences.ts'

/** Everything a decision is made from. */
export interface Situation {
  now: number
  /** All of the repository. */
  changes: readonly Change[]
  /** Those that have not ended. */
  builds: readonly Build[]
  record: TrainRecord
  target: string
  /** Commit of the target; null: nothing can be built on it, and `mainWhy` says why. */
  main: string | null
  mainTree: string | null
  mainWhy: string | null
  /** Builds of which a check runs in this very process. */
  running: ReadonlySet<string>
  settings: { slots: number; mode: 'prefix' | 'every-commit'; verify: boolean }
  /** Fingerprint of the tools of now: results of other ones count for nothing (G12). */
  environment: string
  /** Was this tree proven green by this command, with the tools of now? */
  proven: (tree: string, command: string) => boolean
  /** The result that was written to this log, whichever build it was of. */
  resultIn: (log: string) => CheckResult | null
  /** May this build's landing be tried now? Not again at once what was blocked. */
  mayLand: (build: string) => boolean
  /** Red results of this tree by this command, with the tools of now, oldest first. */
  reds: (tree: string, command: string) => readonly CheckResult[]
  /** Were all failed tests of this result seen to flake before? */
  onlyFlaky: (result: CheckResult) => boolean
  /** Did a build of this tree end because the check changed tracked files? */
  dirtiedBefore: (tree: string, command: string) => boolean
  /** Does the change conflict with these changes before it, on the target as it is? */
  conflicts: (change: string, before: readonly string[]) => boolean
  /** Commits of the target since its last green one, oldest first; at most a few dozen. */
  since: readonly string[]
}

export type Step =
  /** Nothing can be done now. `stuck`: why, when there would be something to do. */
  | { kind: 'none'; stuck: string | null }
  | { kind: 'resume' }
  | { kind: 'pause'; data: TrainEvents['train.paused']; ends: Build[] }
  | { kind: 'end'; build: Build; data: BuildEvents['build.ended'] }
  | {
      kind: 'build'
      purpose: BuildPurpose
      base: string
      members: Change[]
      checks: string[] | null
      afresh: boolean
    }
  | { kind: 'check'; build: Build; command: string }
  | { kind: 'suspect'; change: Change; build: Build; data: ChangeEvents['change.suspected'] }
  | { kind: 'clear'; change: Change; build: Build; why: string }
  | { kind: 'eject'; change: Change; build: Build | null; data: ChangeEvents['change.ejected'] }
  | { kind: 'verified'; build: Build }
  /** See how it could land, and journal the intent. */
  | { kind: 'intend'; build: Build }
  /** Do what the journalled intent says. */
  | { kind: 'land' }

/** A parked suspect gets a slot of its own after this, ms, whatever else is to be tested. */
const PARKED_MS = 10 * 60_000

/** The target's name that the train works for now: that of its first change. */
export function targetOf(changes: readonly Change[], record: TrainRecord, now: number): string | null {
  return record.intent?.target ?? inOrder(changes, now).find((one) => one.state !== 'held')?.target ?? null
}

/** What decides over a build's own results. */
type Facts = Pick<Situation, 'environment' | 'proven'>

/** How a build stands, as far as its checks tell. */
export type Verdict =
  | { kind: 'green' }
  | { kind: 'red'; result: CheckResult }
  | { kind: 'open'; command: string }

export function verdictOf(build: Build, { environment, proven }: Facts): Verdict {
  const results = build.results.filter((result) => (result.environment ?? '') === environment)
  const red = results.find((result) => !isGreen(result))
  if (red) return { kind: 'red', result: red }
  const own = new Set(results.map((result) => result.command))
  const open = build.checks.find(
    (command) => !own.has(command) && (build.afresh || !proven(build.tree, command)),
  )
  return open === undefined ? { kind: 'green' } : { kind: 'open', command: open }
}

export function decide(s: Situation): Step {
  const { record, main } = s
  // A landing that was begun is finished, paused or not: the target is either the old or the new commit.
  if (record.intent)
    return s.mayLand(record.intent.build)
      ? { kind: 'land' }
      : { kind: 'none', stuck: blockedOf(s)?.detail ?? null }
  const blamed = record.paused?.main
  if (blamed && blamed.target === s.target && main !== null && main !== blamed.commit)
    return { kind: 'resume' }
  if (main === null) return { kind: 'none', stuck: isIdle(s) ? null : s.mainWhy }
  return (
    outdated(s, main) ??
    judged(s, main) ??
    (record.paused ? searched(s) : (landable(s, main) ?? tested(s, main))) ?? {
      kind: 'none',
      stuck: stuck(s),
    }
  )
}

function isIdle(s: Situation): boolean {
  return !s.changes.some((one) => one.state === 'queued' || one.state === 'parked')
}

/** The one reason, when there is something on the train that waits for more than a result. */
function stuck(s: Situation): string | null {
  if (s.record.paused) return isIdle(s) ? null : s.record.paused.why
  return blockedOf(s)?.detail ?? null
}

/** What keeps a build from landing that is still to land. */
export function blockedOf({ record, builds }: Pick<Situation, 'record' | 'builds'>): TrainRecord['blocked'] {
  const { blocked } = record
  return blocked && builds.some((build) => build.id === blocked.build) ? blocked : null
}

/** A build that can tell nothing any more. */
function outdated(s: Situation, main: string): Step | null {
  for (const build of s.builds) {
    if (build.target !== s.target) continue
    const end = whyOutdated(s, build, main)
    if (end) return { kind: 'end', build, data: end }
  }
  return null
}

function whyOutdated(s: Situation, build: Build, main: string): BuildEvents['build.ended'] | null {
  const moved = {
    why: 'base-moved' as const,
    detail: `${build.target} moved from ${short(build.base)} to ${short(main)} meanwhile.`,
  }
  if (build.purpose === 'target') {
    const asked = build.base === main || s.record.paused?.main?.suspects?.includes(build.base)
    return asked ? null : moved
  }
  const of = (member: BuildMember) => s.changes.find((one) => one.id === member.change)
  const gone = (state: Change['state']) => (member: BuildMember) => {
    const change = of(member)
    return !change || change.state !== state || change.head !== member.head
  }
  if (build.purpose === 'retest') {
    // A suspect that fails alone on an older target has failed; what it says is not wasted.
    const left = build.members.find(gone('parked'))
    return left ? { why: 'members', detail: `${left.name} is no longer suspected.` } : null
  }
  const rest = remaining(build, main)
  if (rest === null) return moved
  if (rest.length === 0) return { why: 'landed', detail: 'Everything in it has landed.' }
  const left = rest.find(gone('queued'))
  return left ? { why: 'members', detail: `${left.name} is not on the train as it was.` } : null
}

/** What follows from results. */
function judged(s: Situation, main: string): Step | null {
  for (const build of s.builds) {
    if (build.target !== s.target) continue
    const verdict = verdictOf(build, s)
    const step =
      verdict.kind === 'red'
        ? red(s, main, build, verdict.result)
        : verdict.kind === 'green'
          ? green(s, main, build)
          : null
    if (step) return step
  }
  return null
}

function green(s: Situation, main: string, build: Build): Step | null {
  if (build.purpose === 'target') {
    const blamed = s.record.paused?.main
    const innocent = blamed?.suspects?.indexOf(build.base) ?? -1
    if (blamed && innocent >= 0)
      return {
        kind: 'pause',
        ends: [build],
        data: pausedFor(s, { ...blamed, suspects: blamed.suspects?.slice(innocent + 1) ?? [] }, null),
      }
    const all = s.record.green[s.target]?.checks ?? []
    const whole =
      build.base === main && build.checks.length > 0 && all.every((one) => build.checks.includes(one))
    if (whole) return { kind: 'verified', build }
    return { kind: 'end', build, data: { why: 'judged', detail: 'The target passes it.' } }
  }
  if (build.purpose !== 'retest') return null
  const change = s.changes.find((one) => one.id === build.members[0]?.change)
  if (!change) return null
  const why = `It passed when it was tested again alone, on ${s.target} at ${short(build.base)}.`
  return { kind: 'clear', change, build, why }
}

function red(s: Situation, main: string, build: Build, result: CheckResult): Step | null {
  const { command, tree } = result
  if (result.dirtied?.length && !s.dirtiedBefore(tree, command))
    // Once more from the start: what changed the files may have been a passing accident.
    return { kind: 'end', build, data: { why: 'dirtied', detail: describe(result) } }
  if (s.reds(tree, command).length < 2 && s.onlyFlaky(result)) {
    const detail = `${describe(result)} All that failed is known to flake: it is run again.`
    return { kind: 'end', build, data: { why: 'judged', detail } }
  }
  if (build.purpose === 'target') return redTarget(s, build, result)
  const rest = build.purpose === 'retest' ? build.members : (remaining(build, main) ?? [])
  const [first] = rest
  const change = first && s.changes.find((one) => one.id === first.change)
  if (rest.length !== 1 || !change) return null
  if (build.purpose === 'landing' && queue(s)[0]?.id !== change.id) return null
  // A change is not to blame for what the target does by itself (facts/merge-and-partition 4.4, G9 and G10).
  const base = build.purpose === 'retest' ? build.base : main
  if (base === main && !s.proven(s.mainTree ?? '', command)) return null
  if (base !== main && !s.record.landings.some((landing) => landing.new === base)) {
    const detail = `${s.target} moved on from ${short(base)}, of which it is not known whether it is green.`
    return { kind: 'end', build, data: { why: 'base-moved', detail } }
  }
  const detail = `${describe(result)} It passes on ${s.target} at ${short(base)} without this change.`
  if (build.purpose === 'landing')
    return { kind: 'suspect', change, build, data: { build: build.id, result, detail } }
  const files = result.dirtied ?? []
  const evidence = [...(change.suspected ? [change.suspected.result] : []), result]
  return {
    kind: 'eject',
    change,
    build,
    data: { reason: 'checks', detail, files, log: result.log, base, evidence },
  }
}

/** The target itself is red: once more, then the train stops and looks for the commit that broke it. */
function redTarget(s: Situation, build: Build, result: CheckResult): Step | null {
  const { command } = result
  const blamed = s.record.paused?.main
  if (blamed?.command === command && blamed.suspects?.includes(build.base)) {
    const until = blamed.suspects.indexOf(build.base)
    const suspects = blamed.suspects.slice(0, until + 1)
    return { kind: 'pause', ends: [build], data: pausedFor(s, { ...blamed, suspects }, result) }
  }
  if (s.reds(build.tree, command).length < 2)
    return { kind: 'end', build, data: { why: 'judged', detail: `${describe(result)} It is run again.` } }
  const suspects = s.since.includes(build.base) ? [...s.since] : []
  const main = { target: s.target, commit: build.base, command, log: result.log, suspects }
  return {
    kind: 'pause',
    ends: s.builds.filter((one) => one.target === s.target),
    data: pausedFor(s, main, result),
  }
}

type Blamed = NonNullable<TrainEvents['train.paused']['main']>

function pausedFor(s: Situation, main: Blamed, result: CheckResult | null): TrainEvents['train.paused'] {
  const { suspects = [] } = main
  const who =
    suspects.length === 1
      ? ` ${short(suspects[0] ?? null)} broke it.`
      : suspects.length > 1
        ? ` One of the ${suspects.length} commits since ${short(s.record.green[s.target]?.commit ?? null)} broke it; it is being looked for.`
        : ' No earlier commit of it is known to be green.'
  const seen = result ?? s.resultIn(main.log)
  const why =
    `${s.target} is red at ${short(main.commit)}: ${seen ? describe(seen) : `The check \`${main.command}\` failed.`}${who} No change is to blame, and all stay queued. ` +
    `Repair ${s.target}, or run \`worktrain train resume\` to test again.`
  return { why, main }
}

/** While the target is red: which commit made it so? By halves, its first-parent line since the last green one. */
function searched(s: Situation): Step | null {
  const main = s.record.paused?.main
  const suspects = main?.suspects ?? []
  if (!main || main.target !== s.target) return null
  const tests = s.builds.filter((build) => build.purpose === 'target')
  const running = tests.find((build) => verdictOf(build, s).kind === 'open')
  if (running)
    return s.running.has(running.id) ? null : { kind: 'check', build: running, command: main.command }
  if (suspects.length < 2) return null
  const middle = suspects[Math.ceil(suspects.length / 2) - 1] ?? ''
  const checks = [main.command]
  return { kind: 'build', purpose: 'target', base: middle, members: [], checks, afresh: true }
}

/** Changes that may be tested now, in order: without those that do not merge with what is before them. */
export function queue(s: Situation): Change[] {
  const taken: Change[] = []
  for (const change of behindRunning(s, inOrder(s.changes, s.now))) {
    if (change.state !== 'queued' || change.target !== s.target) continue
    const before = taken.map((one) => one.id)
    if (!s.conflicts(change.id, before)) taken.push(change)
  }
  return taken
}

/** A suspect that was cleared goes back to its old place, but behind builds that were made without it. */
function behindRunning(s: Situation, order: Change[]): Change[] {
  const late = (change: Change, build: Build) =>
    change.cleared !== null &&
    build.at <= change.cleared &&
    !build.members.some((one) => one.change === change.id)
  return order.reduceRight<Change[]>((rest, change) => {
    const builds = s.builds.filter((build) => build.purpose === 'landing' && late(change, build))
    const ahead = rest.findLastIndex((other) =>
      builds.some((build) => build.members.some((one) => one.change === other.id)),
    )
    return [...rest.slice(0, ahead + 1), change, ...rest.slice(ahead + 1)]
  }, [])
}

/** The longest green build that lands what comes next. */
function landable(s: Situation, main: string): Step | null {
  const order = queue(s).map((change) => change.id)
  const ready = s.builds
    .filter((build) => build.purpose === 'landing' && build.target === s.target)
    .map((build) => ({ build, rest: remaining(build, main) ?? [] }))
    .filter(({ build, rest }) => {
      if (
        rest.length === 0 ||
        !s.mayLand(build.id) ||
        !rest.every((member, at) => order[at] === member.change)
      )
        return false
      return verdictOf(build, s).kind === 'green'
    })
    .sort((a, b) => b.rest.length - a.rest.length)
  const chosen = s.settings.mode === 'prefix' ? ready[0] : ready.find(({ rest }) => rest.length === 1)
  return chosen ? { kind: 'intend', build: chosen.build } : null
}

interface Wish {
  purpose: BuildPurpose
  base: string
  members: Change[]
  /** Null: those of the members. */
  checks: string[] | null
  afresh: boolean
}

/** Ends what is not wanted, goes on with what is, and begins what is missing. */
export function tested(s: Situation, main: string): Step | null {
  const wishes = wanted(s, main)
  const found = wishes.map((wish) => s.builds.find((build) => serves(build, wish, main)))
  for (const build of s.builds) {
    if (build.target !== s.target || found.includes(build)) continue
    if (verdictOf(build, s).kind === 'open') {
      const detail = 'Another build tells more now.'
      return { kind: 'end', build, data: { why: 'outpaced', detail } }
    }
  }
  const free = s.settings.slots - s.running.size
  for (const [at, wish] of wishes.entries()) {
    const build = found[at]
    if (!build) {
      if (free > 0) return { kind: 'build', ...wish }
      continue
    }
    const verdict = verdictOf(build, s)
    if (verdict.kind === 'open' && !s.running.has(build.id) && free > 0)
      return { kind: 'check', build, command: verdict.command }
  }
  return null
}

function serves(build: Build, wish: Wish, main: string): boolean {
  if (build.purpose !== wish.purpose || build.ended) return false
  if (wish.purpose === 'target')
    return build.base === wish.base && (wish.checks ?? []).every((one) => build.checks.includes(one))
  const members = wish.purpose === 'retest' ? build.members : (remaining(build, main) ?? [])
  return (
    members.length === wish.members.length &&
    members.every(
      (member, at) => member.change === wish.members[at]?.id && member.head === wish.members[at]?.head,
    )
  )
}

/** What should be under test now, most important first, at most as many as there are slots. */
function wanted(s: Situation, main: string): Wish[] {
  const { slots } = s.settings
  const target = (checks: string[], afresh: boolean): Wish => ({
    purpose: 'target',
    base: main,
    members: [],
    checks,
    afresh,
  })
  const retest = (change: Change): Wish => ({
    purpose: 'retest',
    base: main,
    members: [change],
    checks: null,
    afresh: true,
  })
  const blame = accused(s, main).map((command) =>
    target([command], s.reds(s.mainTree ?? '', command).length > 0),
  )
  const parked = inOrder(s.changes, s.now).filter(
    (one) => one.state === 'parked' && one.target === s.target && !hasRedRetest(s, one),
  )
  const overdue = parked.filter((one) => s.now - (one.suspected?.at ?? 0) >= PARKED_MS).slice(0, 1)
  const first = [...blame, ...overdue.map(retest)]
  const planned = planLandings(s, main, Math.max(0, slots - first.length))
  const rest = parked.filter((one) => !overdue.includes(one)).map(retest)
  const wishes = [...first, ...planned, ...rest]
  return (wishes.length > 0 ? wishes : verification(s, main, target)).slice(0, slots)
}

/** A retest that failed and waits for word of the target: nothing more is to be learnt from it by running it. */
function hasRedRetest(s: Situation, change: Change): boolean {
  return s.builds.some(
    (build) =>
      build.purpose === 'retest' &&
      build.members[0]?.change === change.id &&
      verdictOf(build, s).kind === 'red',
  )
}

/** Checks of which it is not known whether the target itself passes them, and a change stands accused by them. */
function accused(s: Situation, main: string): string[] {
  const first = queue(s)[0]?.id
  const commands = s.builds.flatMap((build) => {
    if (build.purpose === 'target' || build.target !== s.target) return []
    const rest = build.purpose === 'retest' ? build.members : (remaining(build, main) ?? [])
    const verdict = verdictOf(build, s)
    const alone = rest.length === 1 && (build.purpose === 'retest' || rest[0]?.change === first)
    return alone && verdict.kind === 'red' ? [verdict.result.command] : []
  })
  return [...new Set(commands)].filter((command) => !s.proven(s.mainTree ?? '', command))
}

function planLandings(s: Situation, main: string, slots: number): Wish[] {
  const order = queue(s)
  if (slots === 0 || order.length === 0) return []
  const { wanted: lists } = plan({
    queue: order.map((change) => change.id),
    trials: trialsOf(s, main),
    slots,
    failureRate: failureRate(outcomes(s.changes)),
    mode: s.settings.mode,
  })
  const byId = new Map(order.map((change) => [change.id, change]))
  return lists.map((list) => ({
    purpose: 'landing',
    base: main,
    members: list.flatMap((id) => byId.get(id) ?? []),
    checks: null,
    afresh: false,
  }))
}

/** What is known on the target as it is. */
export function trialsOf(s: Situation, main: string): Trial[] {
  return s.builds.flatMap((build): Trial[] => {
    if (build.purpose !== 'landing' || build.target !== s.target) return []
    const rest = remaining(build, main)
    if (!rest || rest.length === 0) return []
    const members = rest.map((member) => member.change)
    const verdict = verdictOf(build, s)
    return [{ members, verdict: verdict.kind === 'open' ? 'running' : verdict.kind }]
  })
}

/** The safety net: the target as it is, once more from the start, when there is nothing else to do. */
function verification(
  s: Situation,
  main: string,
  target: (checks: string[], afresh: boolean) => Wish,
): Wish[] {
  const green = s.record.green[s.target]
  if (!s.settings.verify || !green || green.checks.length === 0) return []
  return green.commit === main && green.verified ? [] : [target(green.checks, true)]
}

/** What should be under test now, and the next step towards it. Pure. */
import type { BuildPurpose } from '../../protocol/index.ts'
import { type Build, remaining } from '../build.ts'
import { inOrder, outcomes } from '../change.ts'
import { failureRate, plan } from '../plan/index.ts'
import type { Change } from '../ports.ts'
import { queue } from './order.ts'
import type { Situation, Step } from './situation.ts'
import { trialsOf, verdictOf } from './verdict.ts'

/** A parked suspect gets a slot of its own after this, ms, whatever else is to be tested. */
const PARKED_MS = 10 * 60_000

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

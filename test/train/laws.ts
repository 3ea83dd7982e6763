/**
 * What the journal of a train must never tell (facts/merge-and-partition 4.4), read event by event, by a reader
 * of its own: the folds of the product are used, none of its decisions.
 */
import type { CheckResult, Recorded } from '../../src/protocol/index.ts'
import { type Build, buildProjection, isGreen } from '../../src/train/build.ts'
import { changeProjection, inOrder } from '../../src/train/change.ts'
import type { Change } from '../../src/train/ports.ts'

/** What only git can tell. */
export interface Oracle {
  /** Does this commit merge with that one, without a conflict? */
  merges(onto: string, head: string): boolean
  treeOf(commit: string): string
}

type Event<T extends Recorded['type']> = Extract<Recorded, { type: T }>

interface Seen {
  changes: Map<string, Change>
  builds: Map<string, Build>
  /** Every result so far, by its log. */
  results: Map<string, { build: Build; result: CheckResult; seq: number }>
  intent: Event<'landing.intended'> | null
  /** A red target keeps the train. */
  red: boolean
  landed: Map<string, number>
}

/** @returns violations, each a sentence that names its guarantee */
export function brokenLaws(events: readonly Recorded[], oracle: Oracle): string[] {
  const found: string[] = []
  const seen: Seen = {
    ...{ changes: new Map(), builds: new Map(), results: new Map() },
    ...{ intent: null, red: false, landed: new Map() },
  }
  for (const event of events) {
    const say = (guarantee: string, what: string) =>
      found.push(`${guarantee}: ${what} (event ${event.seq}, ${event.type})`)
    look(event, seen, oracle, say)
    fold(event, seen)
  }
  return found
}

type Say = (guarantee: string, what: string) => void

function look(event: Recorded, seen: Seen, oracle: Oracle, say: Say): void {
  switch (event.type) {
    case 'check.finished':
      return lookAtResult(event, seen, say)
    case 'landing.intended':
      return lookAtIntent(event, seen, oracle, say)
    case 'train.landed':
      return lookAtLanding(event, seen, say)
    case 'change.landed': {
      const times = (seen.landed.get(event.id) ?? 0) + 1
      if (times > 1) say('G3', `${nameOf(seen, event.id)} landed ${times} times`)
      return
    }
    case 'change.suspected':
      return lookAtSuspicion(event, seen, oracle, say)
    case 'change.ejected':
      return lookAtEjection(event, seen, oracle, say)
    case 'change.conflicted': {
      const change = seen.changes.get(event.id)
      if (change && oracle.merges(event.data.base, change.head))
        say('G18', `${change.name} is called a conflict and merges`)
      return
    }
    default:
  }
}

/** G13: a verdict is of the tree that was built. */
function lookAtResult(event: Event<'check.finished'>, seen: Seen, say: Say): void {
  const build = seen.builds.get(event.id)
  if (!build) return say('G13', 'a result without a build')
  if (build.ended) say('G13', `a result of ${build.id}, which had ended`)
  if (build.tree !== event.data.tree) say('G13', `a result of another tree than that of ${build.id}`)
  if (build.begun?.log !== event.data.log) say('G13', `a result of a check of ${build.id} that was not begun`)
}

/** Members of a build that are new on top of a commit of it; null: it does not stand there. */
function rest(build: Build, on: string): Build['members'] | null {
  const at = build.members.findLastIndex((member) => member.commit === on)
  if (at >= 0) return build.members.slice(at + 1)
  return build.base === on ? build.members : null
}

function lookAtIntent(event: Event<'landing.intended'>, seen: Seen, oracle: Oracle, say: Say): void {
  const { data, at } = event
  const build = seen.builds.get(data.build)
  if (!build || build.ended) return say('G2', 'a landing is intended of no live build')
  if (seen.intent) say('G16', 'a landing is intended while another one is under way')
  const members = rest(build, data.old)
  if (!members) return say('G2', `${build.id} is to land on ${data.old}, on which it was not built`)
  if (data.new !== build.commit || data.tree !== build.tree)
    say('G1', `${data.new} is to land, which is not what ${build.id} tested`)
  for (const member of members) {
    const change = seen.changes.get(member.change)
    // Main may hold it already, whoever brought it there.
    if (change?.state === 'landed') continue
    if (change?.state !== 'queued')
      say('G3', `${member.name} is to land and is ${change?.state ?? 'unknown'}`)
    if (change?.head !== member.head) say('G15', `${member.name} is to land with a head that was replaced`)
  }
  inTurn(members, build, data.old, inOrder([...seen.changes.values()], at), oracle, say)
}

/** G11: nothing lands before its turn, but past what cannot be merged in its own. */
function inTurn(
  all: Build['members'],
  build: Build,
  old: string,
  order: readonly Change[],
  oracle: Oracle,
  say: Say,
): void {
  const members = all.filter((member) => order.some((change) => change.id === member.change))
  const queue = order.filter((change) => change.state === 'queued' && change.target === build.target)
  const positions = members.map((member) => queue.findIndex((change) => change.id === member.change))
  if (positions.some((position, at) => position < (positions[at - 1] ?? -1))) {
    // Who was cleared may come behind what was built without it meanwhile.
    const isLate = positions.some((position) => typeof queue[position]?.cleared === 'number')
    if (!isLate) say('G11', `${build.id} lands in another order than that of the train`)
  }
  const last = Math.max(...positions)
  for (const change of queue.slice(0, Math.max(0, last))) {
    if (members.some((member) => member.change === change.id)) continue
    if (change.cleared !== null && build.at <= change.cleared) continue
    const place = queue.indexOf(change)
    const before = members.findLast((_, at) => (positions[at] ?? 0) < place)?.commit ?? old
    // What does not merge there is passed by; what does is passed over.
    if (oracle.merges(before, change.head)) say('G11', `${change.name} was passed over by ${build.id}`)
  }
}

/** G1, G12: every check of every member has a green run, of this very tree, with these very tools. */
function lookAtLanding(event: Event<'train.landed'>, seen: Seen, say: Say): void {
  const { data } = event
  const build = seen.builds.get(data.build)
  if (!build) return say('G1', 'a landing without a build')
  const { intent } = seen
  if (!intent || intent.data.build !== data.build || intent.data.old !== data.old)
    say('G2', `${data.build} landed as nobody intended`)
  if (data.new !== build.commit || data.tree !== build.tree)
    say('G1', `${data.new} landed, which is not what ${build.id} tested`)
  const isThere = (change: string) => seen.changes.get(change)?.state === 'landed'
  const members = (rest(build, data.old) ?? []).filter((one) => !isThere(one.change))
  if (members.map((one) => one.change).join() !== data.members.map((one) => one.change).join())
    say('G3', `${build.id} landed other members than it has`)
  const skipped = new Set(data.skipped.map((one) => one.command))
  const wanted = new Set(members.flatMap((one) => seen.changes.get(one.change)?.checks ?? []))
  for (const command of wanted) {
    if (skipped.has(command)) continue
    const proof = data.checks.find((one) => one.command === command)
    if (!proof) {
      say('G1', `${build.id} landed without \`${command}\``)
      continue
    }
    const run = seen.results.get(proof.log)
    if (!run || run.build.id !== proof.build || run.result.command !== command || !isGreen(run.result))
      say('G1', `the proof of \`${command}\` for ${build.id} is no green run`)
    else if (run.result.tree !== data.tree) say('G1', `\`${command}\` was green on another tree`)
    else if ((run.result.environment ?? '') !== data.environment)
      say('G12', `\`${command}\` was green with other tools`)
    else if (build.afresh && run.build.id !== build.id) say('G12', `${build.id} was to be tested afresh`)
  }
}

/** Was this tree seen green by the command, before now? */
function passed(seen: Seen, tree: string, result: CheckResult): boolean {
  return [...seen.results.values()].some(
    (run) =>
      run.result.tree === tree &&
      run.result.command === result.command &&
      (run.result.environment ?? '') === (result.environment ?? '') &&
      isGreen(run.result),
  )
}

/** G9, G10: alone, on a target that passes the same check. @returns the commit it failed on */
function failedAlone(change: Change, result: CheckResult, seen: Seen, oracle: Oracle, say: Say): void {
  const run = seen.results.get(result.log)
  if (!run || isGreen(run.result)) return say('G9', `${change.name} is blamed for a run that was not red`)
  const { members, base } = run.build
  const at = members.findIndex((member) => member.change === change.id)
  if (at !== members.length - 1 || at < 0)
    return say('G9', `${change.name} is blamed for a build that it was not the last of`)
  if (members[at]?.head !== change.head) say('G15', `${change.name} is blamed for a head that was replaced`)
  // What stood below it: the target, or what has landed since.
  const below = members[at - 1]?.commit ?? base
  const tree = members[at - 1]?.tree ?? oracle.treeOf(below)
  if (!passed(seen, tree, result))
    say('G10', `${change.name} is blamed for \`${result.command}\`, which was never green on ${below}`)
}

function lookAtSuspicion(event: Event<'change.suspected'>, seen: Seen, oracle: Oracle, say: Say): void {
  const change = seen.changes.get(event.id)
  if (change) failedAlone(change, event.data.result, seen, oracle, say)
  if (seen.red) say('G10', `${nameOf(seen, event.id)} is suspected while the target is red`)
}

function lookAtEjection(event: Event<'change.ejected'>, seen: Seen, oracle: Oracle, say: Say): void {
  const { reason, evidence = [], base } = event.data
  const change = seen.changes.get(event.id)
  if (!change) return say('G9', 'an ejection of nothing')
  if (reason === 'person' && event.actor.kind !== 'person')
    say('G9', `${change.name} is said to be ejected by a person`)
  if (reason === 'conflict' && base !== undefined && oracle.merges(base, change.head))
    say('G18', `${change.name} is ejected for a conflict and merges with ${base}`)
  if (reason !== 'checks') return
  if (seen.red) say('G10', `${change.name} is ejected while the target is red`)
  const runs = new Set(evidence.map((result) => result.log))
  if (runs.size < 2) say('G9', `${change.name} is ejected after ${runs.size} red run`)
  for (const result of evidence) failedAlone(change, result, seen, oracle, say)
}

function nameOf(seen: Seen, change: string): string {
  return seen.changes.get(change)?.name ?? change
}

function fold(event: Recorded, seen: Seen): void {
  if (event.aggregate === 'change') {
    const next = changeProjection.evolve(seen.changes.get(event.id) ?? null, event)
    seen.changes.set(event.id, next)
    if (event.type === 'change.landed') seen.landed.set(event.id, (seen.landed.get(event.id) ?? 0) + 1)
  }
  if (event.aggregate === 'build') {
    const build = buildProjection.evolve(seen.builds.get(event.id) ?? null, event)
    seen.builds.set(event.id, build)
    if (event.type === 'check.finished')
      seen.results.set(event.data.log, { build, result: event.data, seq: event.seq })
  }
  if (event.type === 'landing.intended') seen.intent = event
  if (event.type === 'landing.voided' || event.type === 'train.landed') seen.intent = null
  // A remote that has moved already must be followed: the intent stays.
  if (event.type === 'landing.blocked' && !seen.intent?.data.remote) seen.intent = null
  if (event.type === 'train.paused') seen.red = event.data.main !== undefined
  if (event.type === 'train.resumed') seen.red = false
}

/** Who is to blame for a red result: a change, the target, or nobody. Pure. */
import type { CheckResult } from '../../protocol/index.ts'
import { type Build, remaining } from '../build.ts'
import { describe, short } from '../sentences.ts'
import { queue } from './order.ts'
import type { Situation, Step } from './situation.ts'
import { greenTarget, redTarget } from './target.ts'
import { verdictOf } from './verdict.ts'

/** What follows from results. */
export function judged(s: Situation, main: string): Step | null {
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
  if (build.purpose === 'target') return greenTarget(s, main, build)
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
  // What landed was green by the checks of what landed: this one need not be among them.
  const landed = s.record.landings.find((landing) => landing.new === base)
  if (base !== main && !(landed && s.proven(landed.tree, command))) {
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

/** The target itself is red: the train stops, blames no change, and looks for the commit that broke it. Pure. */
import type { CheckResult, TrainEvents } from '../../protocol/index.ts'
import type { Build } from '../build.ts'
import { describe, short } from '../sentences.ts'
import type { Situation, Step } from './situation.ts'
import { verdictOf } from './verdict.ts'

/** The target passes what it was asked: innocent of a change's failure, of breaking itself, or green as a whole. */
export function greenTarget(s: Situation, main: string, build: Build): Step {
  const blamed = s.record.paused?.main
  const innocent = blamed?.suspects?.indexOf(build.base) ?? -1
  if (blamed && innocent >= 0) {
    const suspects = blamed.suspects?.slice(innocent + 1) ?? []
    return { kind: 'pause', ends: [build], data: pausedFor(s, { ...blamed, suspects }, null) }
  }
  const all = s.record.green[s.target]?.checks ?? []
  const whole = build.base === main && all.length > 0 && all.every((one) => build.checks.includes(one))
  if (whole) return { kind: 'verified', build }
  return { kind: 'end', build, data: { why: 'judged', detail: 'The target passes it.' } }
}

/** The target itself is red: once more, then the train stops and looks for the commit that broke it. */
export function redTarget(s: Situation, build: Build, result: CheckResult): Step | null {
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
export function searched(s: Situation): Step | null {
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

/** The product's own policy, with the rules by which the train carries a plan out. */
import { type Plan, type PlanInput, type Trial, failureRate, plan } from '../../src/train/plan/index.ts'
import type { Run, Scheduler } from './yard.ts'

export interface Settings {
  mode?: PlanInput['mode']
  /** Test what was red once more, alone and later, before it is ejected. */
  retest?: boolean
  /** Another policy under the same rules. */
  policy?: (input: PlanInput) => Plan
  /** Begin with what came of earlier changes, as every train but the first of a repository does. */
  history?: boolean
  /** Told what is asked, before anything is begun. */
  watch?: (input: PlanInput, builds: readonly Run[], now: number) => void
}

/** In checks: after this a suspect is tested even while others wait. */
const PATIENCE = 3

interface Build {
  /** On the current target. */
  members: readonly number[]
  run: Run
}

interface Suspect {
  change: number
  since: number
  run: Run | null
}

export function ours({
  mode = 'prefix',
  retest = false,
  policy = plan,
  history = false,
  watch,
}: Settings = {}): Scheduler {
  return (yard) => {
    let queue: number[] = []
    let builds: Build[] = []
    let suspects: Suspect[] = []
    const outcomes = history ? [...yard.before] : []

    return function step() {
      queue.push(...yard.arrived.splice(0))
      while (lands() || parks() || settlesSuspect());
      test()
    }

    function lands(): boolean {
      const green = builds.filter(({ members, run }) => run.verdict === 'green' && begins(queue, members))
      const landing =
        mode === 'prefix'
          ? green.toSorted((a, b) => b.members.length - a.members.length)[0]
          : green.find(({ members }) => members.length === 1)
      if (!landing) return false
      land(landing.members)
      queue = queue.slice(landing.members.length)
      return true
    }

    /** Candidates that begin with what landed go on, the others are void. */
    function land(changes: readonly number[]): void {
      for (const change of changes) {
        yard.land(change)
        outcomes.push('landed')
      }
      const on = (build: Build): boolean =>
        begins(build.members, changes) && build.members.length > changes.length
      for (const build of builds) if (!on(build)) yard.abort(build.run)
      builds = builds.filter(on).map(({ members, run }) => ({ members: members.slice(changes.length), run }))
    }

    function parks(): boolean {
      const change = queue[0]
      if (change === undefined) return false
      const red = builds.some(
        ({ members, run }) => run.verdict === 'red' && members.length === 1 && members[0] === change,
      )
      if (!red) return false
      queue.shift()
      if (retest) suspects.push({ change, since: yard.now, run: null })
      else eject(change)
      return true
    }

    function eject(change: number): void {
      yard.eject(change)
      outcomes.push('failed')
    }

    /** What was red by accident lands when nothing is disturbed by it, and goes to the end of the queue otherwise. */
    function settlesSuspect(): boolean {
      const done = suspects.find(({ run }) => run && run.verdict !== 'running')
      if (!done) return false
      suspects = suspects.filter((each) => each !== done)
      if (done.run?.verdict === 'red') eject(done.change)
      else if (queue.length === 0 && done.run?.landed === yard.landed.length) land([done.change])
      else queue.push(done.change)
      return true
    }

    function test(): void {
      const due = suspects.filter(({ since }) => yard.now - since > PATIENCE).length
      const kept = queue.length === 0 ? yard.slots : Math.min(due, Math.ceil(yard.slots / 4))
      const slots = yard.slots - kept
      const keys = new Set(slots === 0 ? [] : wanted(slots).map((members) => members.join()))
      for (const { members, run } of builds)
        if (run.verdict === 'running' && !keys.delete(members.join())) yard.abort(run)
      builds = builds.filter(({ run }) => run.verdict !== 'aborted')
      // A run for a suspect is not ended for a plan that has more slots meanwhile.
      for (const key of keys) {
        if (yard.running.length >= yard.slots) break
        const members = key.split(',').map(Number)
        builds.push({ members, run: yard.start(members) })
      }
      for (const suspect of suspects) {
        if (yard.running.length < yard.slots) suspect.run ??= yard.start([suspect.change])
      }
    }

    function wanted(slots: number): Plan['wanted'] {
      const trials: Trial[] = builds.map(({ members, run: { verdict } }) => ({
        members: members.map(String),
        verdict: verdict === 'aborted' ? 'red' : verdict,
      }))
      const input = { queue: queue.map(String), trials, slots, failureRate: failureRate(outcomes), mode }
      watch?.(
        input,
        builds.map(({ run }) => run),
        yard.now,
      )
      return policy(input).wanted
    }
  }
}

function begins(list: readonly number[], beginning: readonly number[]): boolean {
  return beginning.length <= list.length && beginning.every((each, at) => each === list[at])
}

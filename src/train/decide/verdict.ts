/** How builds stand. Pure. */
import type { CheckResult } from '../../protocol/index.ts'
import { type Build, isGreen, remaining } from '../build.ts'
import type { Trial } from '../plan/index.ts'
import type { TrainRecord } from '../record.ts'
import type { Situation } from './situation.ts'

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

/** What keeps a build from landing that is still to land. */
export function blockedOf({ record, builds }: Pick<Situation, 'record' | 'builds'>): TrainRecord['blocked'] {
  const { blocked } = record
  return blocked && builds.some((build) => build.id === blocked.build) ? blocked : null
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

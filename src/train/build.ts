/** A build's life as a fold over its events: what is tested on top of what, and what came of it. Pure. */
import type { Projection } from '../journal/journal.ts'
import type { BuildEvents, BuildMember, CheckResult, Recorded } from '../protocol/index.ts'

/** What it was made of, and what came of it since. */
export type Build = BuildEvents['build.made'] & {
  id: string
  at: number
  /** Its own, oldest first. */
  results: CheckResult[]
  /** The check that was begun last and has no result yet. */
  begun: { command: string; log: string; at: number } | null
  ended: { why: BuildEvents['build.ended']['why']; detail: string; at: number } | null
}

/** Does this result prove that the tree passes the check? */
export function isGreen(result: CheckResult): boolean {
  return result.exit === 0 && !result.timedOut && !result.limit && !result.dirtied?.length
}

/** Has it no check left to run? One that failed decides. */
export function isDone(build: Build): boolean {
  if (build.results.some((result) => !isGreen(result))) return true
  return build.checks.every((command) => build.results.some((result) => result.command === command))
}

/** An event that cannot follow changes nothing: replaying a journal must never fail. */
function evolve(state: Build | null, event: Recorded): Build {
  if (event.type === 'build.made') {
    if (state) return state
    return { id: event.id, ...event.data, at: event.at, results: [], begun: null, ended: null }
  }
  if (state === null || state.ended) return state as Build
  switch (event.type) {
    case 'check.started':
      return { ...state, begun: { command: event.data.command, log: event.data.log, at: event.at } }
    case 'check.finished':
      return { ...state, begun: null, results: [...state.results, event.data] }
    case 'build.ended':
      return {
        ...state,
        begun: null,
        results: state.results.map(slim),
        ended: { ...event.data, at: event.at },
      }
    default:
      return state
  }
}

/** What is worth keeping of a result when nobody looks at its build any more: there may be ten thousands. */
function slim(result: CheckResult): CheckResult {
  const { tests } = result
  if (!tests) return { ...result, tail: '' }
  const failures = tests.failures.map(({ name }) => ({ name, message: '' }))
  return { ...result, tail: '', tests: { ...tests, failures } }
}

export const buildProjection: Projection<Build> = { aggregate: 'build', version: 1, evolve }

/**
 * Members of a build that the target lacks, as it stands now.
 * @param main commit of the target
 * @returns null when the target is at none of the build's own commits
 */
export function remaining(build: Build, main: string): BuildMember[] | null {
  const at = build.members.findLastIndex((member) => member.commit === main)
  if (at >= 0) return build.members.slice(at + 1)
  return build.base === main ? build.members : null
}

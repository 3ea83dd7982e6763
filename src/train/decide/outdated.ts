/** Builds that can tell nothing any more. Pure. */
import type { BuildEvents, BuildMember } from '../../protocol/index.ts'
import { type Build, remaining } from '../build.ts'
import type { Change } from '../ports.ts'
import { short } from '../sentences.ts'
import type { Situation, Step } from './situation.ts'

/** A build that can tell nothing any more. */
export function outdated(s: Situation, main: string): Step | null {
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

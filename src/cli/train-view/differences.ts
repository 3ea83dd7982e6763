/** What happened to the train between two looks at it, a line each: for where a page cannot be redrawn. Pure. */
import type { BuildView, ChangeView, TrainView } from '../../protocol/api.ts'
import { oneLine, short } from '../../terminal/text.ts'
import { checkState, named } from '../../terminal/train/words.ts'

export function differences(before: TrainView, now: TrainView): string[] {
  return [...changes(before, now), ...builds(before, now), ...landings(before, now), ...standing(before, now)]
}

function changes(before: TrainView, now: TrainView): string[] {
  const old = new Map(before.changes.map((change) => [change.id, change]))
  return now.changes.flatMap((change) => {
    const was = old.get(change.id)
    // Its landing is told with the evidence.
    if (change.state === 'landed' || was?.state === change.state) return []
    const place = change.position === null ? '' : `, place ${change.position}`
    return [`${oneLine(change.name)}: ${change.state}${place}${reason(change)}`]
  })
}

function reason({ state, why, ejected }: ChangeView): string {
  const said = ejected === null ? why : `${ejected.reason}: ${ejected.detail}`
  return state === 'testing' || said === '' ? '' : `; ${oneLine(said)}`
}

function builds(before: TrainView, now: TrainView): string[] {
  const old = new Map(before.builds.map((build) => [build.id, build]))
  return now.builds.flatMap((build) => {
    const was = old.get(build.id)
    return [...(was === undefined ? [`testing ${oneLine(build.what)}`] : []), ...checks(was, build)]
  })
}

function checks(was: BuildView | undefined, build: BuildView): string[] {
  return build.checks.flatMap((check, at) => {
    if (check.state === 'waiting' || was?.checks[at]?.state === check.state) return []
    const of = build.members.length === 0 ? 'the target itself' : named(build.members.map(({ name }) => name))
    return [`${oneLine(check.command)} on ${of}: ${checkState(check)}`]
  })
}

function landings(before: TrainView, now: TrainView): string[] {
  const last = before.landings.at(-1)?.seq ?? 0
  return now.landings
    .filter(({ seq }) => seq > last)
    .map(
      (landing) =>
        `landed ${named(landing.members.map(({ name }) => name))}: ${oneLine(landing.target)} moved from ${short(landing.old)} to ${short(landing.new)}`,
    )
}

function standing(before: TrainView, now: TrainView): string[] {
  const said: string[] = []
  if (before.paused !== now.paused)
    said.push(now.paused === null ? 'the train goes on' : `the train is paused: ${oneLine(now.paused)}`)
  if (before.stuck !== now.stuck && now.stuck !== null && now.stuck !== now.paused)
    said.push(`the train stands still: ${oneLine(now.stuck)}`)
  return said
}

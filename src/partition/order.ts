/** What waits for what. */
import { WorktrainError } from '../protocol/index.ts'
import { didYouMean } from './suggest.ts'

export interface Waiting {
  name: string
  /** Names of the sessions whose landing it waits for. */
  after: readonly string[]
}

/**
 * Names in waves: the first may start at once, each later one waits for something in the one before.
 * Within a wave the order is the given one.
 * @param known names outside of these that may be waited for (live sessions); they delay no wave
 * @throws PLAN_INVALID for a name that is neither here nor known, PLAN_CYCLE naming the cycle
 */
export function order(briefs: readonly Waiting[], known: Iterable<string> = []): string[][] {
  const here = new Set(briefs.map((brief) => brief.name))
  const outside = new Set(known)
  for (const { name, after } of briefs) {
    for (const other of after) {
      if (here.has(other) || outside.has(other)) continue
      const hint = didYouMean(
        other,
        [...here, ...outside].filter((one) => one !== name),
      )
      throw new WorktrainError(
        'PLAN_INVALID',
        `"${name}" waits for "${other}", which is no session${hint || '.'}`,
        {
          details: { session: name, after: other },
        },
      )
    }
  }
  const cycle = cycleIn(briefs)
  if (cycle)
    throw new WorktrainError('PLAN_CYCLE', `These wait for each other: ${cycle.join(' -> ')}.`, {
      details: { cycle },
    })

  const waves: string[][] = []
  const placed = new Set<string>()
  while (placed.size < here.size) {
    const wave = briefs.filter(
      ({ name, after }) => !placed.has(name) && after.every((other) => placed.has(other) || !here.has(other)),
    )
    for (const { name } of wave) placed.add(name)
    waves.push(wave.map(({ name }) => name))
  }
  return waves
}

/** The first cycle met, its first name again at the end; null: there is none. */
function cycleIn(briefs: readonly Waiting[]): string[] | null {
  const after = new Map(briefs.map((brief) => [brief.name, brief.after]))
  const done = new Set<string>()
  for (const { name } of briefs) {
    // A path of its own instead of recursion: a plan may be a chain of thousands.
    const path = [{ name, next: 0 }]
    const onPath = new Set([name])
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const other = done.has(top.name) ? undefined : after.get(top.name)?.[top.next++]
      if (other === undefined) {
        done.add(top.name)
        onPath.delete(top.name)
        path.pop()
      } else if (onPath.has(other)) {
        const names = path.map((step) => step.name)
        return [...names.slice(names.indexOf(other)), other]
      } else {
        path.push({ name: other, next: 0 })
        onPath.add(other)
      }
    }
  }
  return null
}
